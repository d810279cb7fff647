import { Option, type Command } from 'commander';
import type { Finding } from '../../observe/doctor.ts';

export function register(program: Command): void {
  registerDoctor(program);
  registerConfig(program);
  registerOpenapi(program);
}

function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Look at database, DQM access, model, disk, clock and Grafana, and say what to do')
    .option('--json', 'print the findings as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { readConfig } = await import('../../config/index.ts');
      const { examine } = await import('../../observe/doctor.ts');
      const findings = await examine(readConfig());
      process.stdout.write(json ? `${JSON.stringify({ findings })}\n` : findingsAsText(findings));
      process.exitCode = findings.some(({ state }) => state === 'failure') ? 1 : 0;
    });
}

function registerConfig(program: Command): void {
  program
    .command('config')
    .description('Print every setting with its meaning, default and present value; secrets are not shown')
    .addOption(
      new Option('--format <name>', 'form of the table').choices(['text', 'markdown']).default('text'),
    )
    .action(async ({ format }: { format: 'text' | 'markdown' }) => {
      const { readConfig } = await import('../../config/index.ts');
      const { configAsMarkdown, configAsText } = await import('../../config/describeConfig.ts');
      process.stdout.write(format === 'markdown' ? configAsMarkdown() : configAsText(readConfig()));
    });
}

function registerOpenapi(program: Command): void {
  program
    .command('openapi')
    .description('Write the OpenAPI document of the API')
    .requiredOption('--out <file>', 'file to write; "-" writes standard output')
    .action(async ({ out }: { out: string }) => {
      const { writeFile } = await import('node:fs/promises');
      const { openApiText } = await import('../../api/openapi.ts');
      if (out === '-') process.stdout.write(openApiText());
      else await writeFile(out, openApiText());
    });
}

const marks: Record<Finding['state'], string> = {
  ok: 'ok  ',
  warning: 'WARN',
  failure: 'FAIL',
  skipped: '-   ',
};

/** A line for each part, and what to do below the line where there is something to do. */
function findingsAsText(findings: readonly Finding[]): string {
  const widest = Math.max(...findings.map(({ part }) => part.length));
  return findings
    .map(({ part, state, found, fix }) => {
      const line = `${marks[state]}  ${part.padEnd(widest)}  ${found}\n`;
      return fix === undefined ? line : `${line}      ${' '.repeat(widest)}-> ${fix}\n`;
    })
    .join('');
}

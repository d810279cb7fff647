import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('doctor')
    .description('Look at database, DQM access, model, disk, clock and Grafana, and say what to do')
    .option('--json', 'print the findings as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { readConfig } = await import('../../config/index.ts');
      const { examine } = await import('../../observe/doctor/examine.ts');
      const { findingsAsText } = await import('../findingsAsText.ts');
      const findings = await examine(readConfig());
      process.stdout.write(json ? `${JSON.stringify({ findings })}\n` : findingsAsText(findings));
      process.exitCode = findings.some(({ state }) => state === 'failure') ? 1 : 0;
    });
}

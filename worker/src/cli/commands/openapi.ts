import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('openapi')
    .description('Write the OpenAPI document of the API')
    .requiredOption('--out <file>', 'file to write; "-" writes standard output')
    .action(async ({ out }: { out: string }) => {
      const { writeFile } = await import('node:fs/promises');
      const { openApiText } = await import('../../api/openapi/text.ts');
      if (out === '-') process.stdout.write(openApiText());
      else await writeFile(out, openApiText());
    });
}

import { Option, type Command } from 'commander';

export function register(program: Command): void {
  program
    .command('config')
    .description('Print every setting with its meaning, default and present value; secrets are not shown')
    .addOption(
      new Option('--format <name>', 'form of the table').choices(['text', 'markdown']).default('text'),
    )
    .action(async ({ format }: { format: 'text' | 'markdown' }) => {
      const { configAsMarkdown, configAsText, readConfig } = await import('../../config/index.ts');
      process.stdout.write(format === 'markdown' ? configAsMarkdown() : configAsText(readConfig()));
    });
}

import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('backup')
    .description('Write everything that is stored into a new folder, while work goes on')
    .argument('<folder>', 'new or empty folder')
    .action(async (folder: string) => {
      const { backUp } = await import('../backUpAndRestore.ts');
      await backUp(folder);
    });
}

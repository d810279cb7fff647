import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('restore')
    .description('Fill an empty database from a folder that "dtdqm backup" wrote')
    .argument('<folder>', 'folder of the back-up')
    .action(async (folder: string) => {
      const { restore } = await import('../backUpAndRestore.ts');
      await restore(folder);
    });
}

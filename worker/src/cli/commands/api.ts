import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('api')
    .description('Serve the API over the database that workers fill')
    .action(async () => {
      const { runService } = await import('../service.ts');
      const { announceAddresses } = await import('../announce.ts');
      await runService({ parts: { api: true, worker: false }, onReady: announceAddresses });
    });
}

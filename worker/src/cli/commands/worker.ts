import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('worker')
    .description('Pull, score and store runs; any number of workers share one DATABASE_URL')
    .option('--replay <file>', 'pull recorded chambers instead: lines {run,wheel,station,sector,matrix}')
    .action(async ({ replay }: { replay?: string }) => {
      const { runService } = await import('../service.ts');
      await runService({
        parts: { api: false, worker: true },
        source: { replay },
        onReady: (_monitor, _say, log) => log.info('the worker is ready'),
      });
    });
}

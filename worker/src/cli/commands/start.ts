import type { Command } from 'commander';
import { wholeNumberOption } from '../wholeNumberOption.ts';

interface Options {
  replay?: string;
  runs: number;
}

export function register(program: Command): void {
  program
    .command('start')
    .description(
      'Run everything here: database, worker and API, and a simulated detector unless DQM_URL is set',
    )
    .option('--replay <file>', 'pull recorded chambers instead: lines {run,wheel,station,sector,matrix}')
    .option('--runs <count>', 'runs of the simulated detector', wholeNumberOption(1, 10_000), 10)
    .action(async ({ replay, runs }: Options) => {
      const { runService } = await import('../service.ts');
      const { announceAddresses } = await import('../announce.ts');
      await runService({
        parts: { api: true, worker: true },
        alone: true,
        source: { replay, runs },
        onReady: announceAddresses,
      });
    });
}

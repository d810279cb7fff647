import type { Command } from 'commander';
import { wholeNumberOption } from '../wholeNumberOption.ts';

interface Options {
  replay?: string;
  runs: number;
  grafana?: boolean;
}

export function register(program: Command): void {
  program
    .command('start')
    .description(
      'Run everything here: database, worker and API, and a simulated detector unless DQM_URL is set',
    )
    .option('--replay <file>', 'pull recorded chambers instead: lines {run,wheel,station,sector,matrix}')
    .option('--runs <count>', 'runs of the simulated detector', wholeNumberOption(1, 10_000), 10)
    .option('--grafana', 'put the Grafana that is on PATH or in GRAFANA_HOME in front, with the dashboards')
    .action(async ({ replay, runs, grafana = false }: Options) => {
      const { runService } = await import('../service.ts');
      const { announceAddresses } = await import('../announce.ts');
      await runService({
        parts: { api: true, worker: true, grafana },
        alone: true,
        source: { replay, runs },
        onReady: announceAddresses,
      });
    });
}

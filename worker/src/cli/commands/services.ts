import type { Command } from 'commander';
import { wholeNumberOption } from '../commandLine.ts';

export function register(program: Command): void {
  registerStart(program);
  registerWorker(program);
  registerApi(program);
  registerFetch(program);
}

interface StartOptions {
  replay?: string;
  runs: number;
  live: boolean;
  grafana?: boolean;
}

function registerStart(program: Command): void {
  program
    .command('start')
    .description(
      'Run everything here: database, worker and API, and a simulated detector unless DQM_URL is set',
    )
    .option('--replay <file>', 'pull recorded chambers instead: lines {run,wheel,station,sector,matrix}')
    .option(
      '--runs <count>',
      'runs of the simulated detector that are over',
      wholeNumberOption(1, 10_000),
      10,
    )
    .option('--no-live', 'no simulated run in progress, only those that are over')
    .option('--grafana', 'put the Grafana that is on PATH or in GRAFANA_HOME in front, with the dashboards')
    .action(async ({ replay, runs, live, grafana = false }: StartOptions) => {
      const { announceAddresses, runService } = await import('../service.ts');
      await runService({
        parts: { api: true, worker: true, grafana },
        singleInstance: true,
        source: { replay, runs, inProgress: live },
        onReady: announceAddresses,
      });
    });
}

function registerWorker(program: Command): void {
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

function registerApi(program: Command): void {
  program
    .command('api')
    .description('Serve the API over the database that workers fill')
    .action(async () => {
      const { announceAddresses, runService } = await import('../service.ts');
      await runService({ parts: { api: true, worker: false }, onReady: announceAddresses });
    });
}

function registerFetch(program: Command): void {
  program
    .command('fetch')
    .description('Pull, score and store one run here and now, also one that is stored already')
    .argument('<run>', 'number of the run', wholeNumberOption(1, 2_147_483_647))
    .option('--replay <file>', 'from recorded chambers: lines {run,wheel,station,sector,matrix}')
    .action(async (run: number, { replay }: { replay?: string }) => {
      const { fetchOneRun } = await import('../service.ts');
      await fetchOneRun(run, replay);
    });
}

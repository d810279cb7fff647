import { readConfig } from '../config/index.ts';
import { createLog } from '../log.ts';
import { startMonitor } from '../main.ts';
import { getRun } from '../storage/runs.ts';
import { stopSignal } from './stopSignal.ts';
import { createProgress } from './terminal/progress.ts';

/**
 * Pulls, scores and stores one run in this process.
 *
 * @throws when another worker has the run in hand, or it could not be had.
 */
export async function fetchOneRun(run: number, replay: string | undefined): Promise<void> {
  const stopping = stopSignal();
  const config = readConfig();
  const log = createLog({ level: 'warn', format: config.logFormat, stream: process.stderr });
  const progress = createProgress(process.stdout, (event) => progress.write(`${JSON.stringify(event)}\n`));
  const monitor = await startMonitor({
    config,
    log,
    parts: { api: false, worker: true },
    source: { replay },
    pull: false,
    onEvent: (event) => progress.show(event),
  });
  try {
    const outcome = await monitor.worker?.pipeline.fetchNow(run, stopping);
    progress.end();
    const stored = await getRun(monitor.database, run);
    if (outcome === 'lost' || outcome === 'not-needed') {
      throw new Error(`run ${run} is in the hands of another worker; wait for it, or ask again later`);
    }
    if (stored === null || stored.status === 'ERROR') {
      throw new Error(`run ${run} could not be had: ${stored?.error ?? 'nothing was stored'}`);
    }
    process.stdout.write(
      process.stdout.isTTY
        ? `Run ${run}: ${stored.chambers} chambers, ${stored.absentChambers} absent, ${stored.badLayers} bad layers.\n`
        : `${JSON.stringify({ type: outcome, ...stored })}\n`,
    );
  } finally {
    await monitor.stop();
  }
}

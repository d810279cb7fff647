import type { Logger } from 'pino';
import { type Config, readConfig } from '../config/index.ts';
import { createLog } from '../log.ts';
import type { PipelineEvent } from '../pipeline/events.ts';
import { type Monitor, type MonitorOptions, startMonitor } from '../main.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { aborted, isOrderly, stopSignal } from './stopSignal.ts';
import { type ChamberId, chamberLabel } from '@dtdqm/contract';
import { findInterestingChamber } from '../api/chamberData.ts';
import { untilAborted } from '../storage/connectionErrors.ts';
import { finishedRuns, getRun } from '../storage/runs.ts';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';

export interface ServiceOptions extends Omit<MonitorOptions, 'config' | 'log'> {
  /** Changes to what the environment says, from options of the command. */
  settings?: Partial<Config>;
  /** Called once everything runs. */
  onReady(monitor: Monitor, say: (text: string) => void, log: Logger): Promise<void> | void;
}

/** Runs parts of the monitor until somebody stops it. */
export async function runService({ settings, onReady, ...options }: ServiceOptions): Promise<void> {
  const stopping = stopSignal();
  const config = { ...readConfig(), ...settings };
  const { stdout } = process;
  let write: (text: string) => void = (text) => void stdout.write(text);
  const log = createLog({
    level: config.logLevel,
    format: config.logFormat,
    stream: stdout,
    write: (text) => write(text),
  });
  const progress = createProgress(stdout, (event) => log.info(event, 'progress'));
  write = (text) => progress.write(text);

  const onEvent = (event: PipelineEvent) => progress.show(event);
  let monitor: Monitor;
  try {
    monitor = await startMonitor({ ...options, config, log, onEvent, signal: stopping });
  } catch (error) {
    if (!isOrderly(stopping)) throw error;
    return log.info('stopped before everything had started');
  }
  try {
    announceWorker(monitor, log);
    const end = Promise.race([aborted(stopping), monitor.storage.lost]);
    await Promise.race([onReady(monitor, write, log), end]);
    const failure = await end;
    if (failure !== undefined) throw failure;
    progress.end();
    log.info('stopping');
  } finally {
    progress.end();
    await monitor.stop();
  }
  if (!isOrderly(stopping)) throw stopping.reason;
  log.info('stopped');
}

function announceWorker({ worker }: Monitor, log: Logger): void {
  if (worker === undefined) return;
  log.info({ source: worker.source }, 'runs come from');
  log.info({ model: worker.scorer.model, by: worker.scorer.backendReason }, 'scores come from');
}

/** Says where to look, once there is something to see: the list of runs, and a chamber that is worth it. */
export async function announceAddresses(
  { api, grafana, worker, database }: Monitor,
  say: (text: string) => void,
  log: Logger,
): Promise<void> {
  if (api === undefined) return;
  log.info({ url: api.url }, 'the API listens');
  const run =
    worker === undefined
      ? (await finishedRuns(database, { limit: 1 }).catch(() => []))[0]
      : await firstRun(database);
  // A database that is away now costs a link, not the service.
  const chamber = run === undefined ? null : await findInterestingChamber(database, run).catch(() => null);
  // Where Grafana stands in front, the API itself answers nobody without the token.
  const runs = `${(grafana ?? api).url}/`;
  const link = chamber === null ? undefined : linkTo(chamber, run ?? 0, api.url, grafana?.url);
  if (!process.stdout.isTTY) {
    const addresses = { runs, ...(link === undefined ? {} : { chamber: link }) };
    log.info(
      { event: 'ready', ...addresses, ...(grafana === undefined ? {} : { grafana: grafana.url }) },
      'ready',
    );
    return;
  }
  const lines = [
    '',
    `  ${grafana === undefined ? 'Runs   ' : 'Grafana'}    ${runs}`,
    ...(grafana === undefined ? [] : [`             user admin, password in ${grafana.adminPasswordFile}`]),
    ...(chamber === null || link === undefined
      ? []
      : [`  A chamber  ${link}   run ${run}, ${chamberLabel(chamber)}`]),
    `  API        ${api.url}/docs`,
    '',
    '  Ctrl-C stops everything; what is stored stays.',
    '',
  ];
  say(lines.join('\n'));
}

function linkTo(
  { wheel, station, sector }: ChamberId,
  run: number,
  api: string,
  grafana: string | undefined,
): string {
  if (grafana === undefined) return `${api}/eval/${run}/${wheel}/${sector}/${station}/`;
  const place = `var-run=${run}&var-wheel=${wheel}&var-station=${station}&var-sector=${sector}`;
  return `${grafana}/d/dtdqm-chamber?${place}`;
}

/** Waits until one run can be looked at: the first is there within seconds. */
async function firstRun(database: Monitor['database']): Promise<number | undefined> {
  for (let waited = 0; waited < 60_000; waited += 250) {
    const [newest] = await finishedRuns(database, { limit: 1 }).catch(() => []);
    if (newest !== undefined) return newest;
    await delay(250, undefined, { ref: false });
  }
  return undefined;
}

/**
 * Pulls, scores and stores one run in this process.
 *
 * @throws when another worker has the run in hand, or it could not be fetched.
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
    signal: stopping,
    onEvent: (event) => progress.show(event),
  });
  try {
    const fetching = monitor.worker?.pipeline.fetchNow(run, stopping);
    const outcome = await (fetching && untilAborted(fetching, stopping));
    progress.end();
    const stored = await getRun(monitor.database, run);
    if (outcome === 'lost' || outcome === 'not-needed') {
      throw new Error(`run ${run} is in the hands of another worker; wait for it, or ask again later`);
    }
    if (stored === null || stored.status === 'ERROR') {
      throw new Error(`run ${run} could not be fetched: ${stored?.error ?? 'nothing was stored'}`);
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

/** Shows runs on their way. */
export interface Progress {
  show(event: PipelineEvent): void;
  /** Where other output must go meanwhile, so that bars and lines do not mix. */
  write(text: string): void;
  end(): void;
}

/** One bar a run on a terminal; elsewhere the log says enough, and a line is written at every quarter of a run. */
export function createProgress(stream: NodeJS.WriteStream, line: (event: PipelineEvent) => void): Progress {
  return stream.isTTY ? barProgress(stream) : lineProgress(stream, line);
}

function lineProgress(stream: NodeJS.WriteStream, line: (event: PipelineEvent) => void): Progress {
  return {
    show(event) {
      if (event.type !== 'fetching') return;
      const quarter = Math.ceil(event.total / 4);
      if (event.done % quarter === 0 || event.done === event.total) line(event);
    },
    write: (text) => void stream.write(text),
    end: () => undefined,
  };
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  const all = new MultiBar(
    {
      stream,
      format: '  run {run} {bar} {value}/{total} chambers {step}',
      clearOnComplete: true,
      hideCursor: true,
      // Signals are ours to handle.
      gracefulExit: false,
      barsize: 30,
    },
    Presets.shades_classic,
  );
  const bars = new Map<number, SingleBar>();
  const forget = (run: number) => {
    const bar = bars.get(run);
    if (bar === undefined) return;
    all.remove(bar);
    bars.delete(run);
  };
  return {
    show(event) {
      if (event.type === 'fetching') {
        const bar = bars.get(event.run) ?? all.create(event.total, 0, { run: event.run, step: 'fetched' });
        bars.set(event.run, bar);
        bar.update(event.done);
      } else if (event.type === 'scoring') {
        bars.get(event.run)?.update({ step: 'fetched, scoring' });
      } else if ('run' in event) {
        forget(event.run);
      }
    },
    // The library redraws only while there are bars.
    write: (text) => (bars.size > 0 ? all.log(text) : void stream.write(text)),
    end() {
      for (const run of [...bars.keys()]) forget(run);
      all.stop();
    },
  };
}

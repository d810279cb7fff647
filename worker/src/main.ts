import path from 'node:path';
import type { Logger } from 'pino';
import { createApp } from './api/app.ts';
import { openPort } from './api/server.ts';
import type { Config } from './config/index.ts';
import { queueRefresher } from './learning/queue/queueRefresher.ts';
import { startForgetting } from './pipeline/forget.ts';
import { startIncidentUpdates } from './pipeline/incidents.ts';
import { createExplainer } from './api/chambers.ts';
import { openSource, type OpenSource, type SourceChoice } from './source.ts';
import { keepPreview } from './learning/preview/keepPreview.ts';
import { startLearning, type Learning } from './learning/startLearning.ts';
import { createMetrics } from './observe/metrics.ts';
import { serveMetrics } from './api/health.ts';
import { createPipeline, createRunRequests, type Pipeline } from './pipeline/pipeline.ts';
import type { PipelineEvent, PipelineEvents } from './pipeline/events.ts';
import { createScorer, type Scorer } from '@dtdqm/detector';
import type { Database } from './storage/database.ts';
import { untilAborted, waitAtMost } from './storage/connectionErrors.ts';
import { hastyStopMs, openStorage, type Storage } from './storage/storage.ts';

export interface MonitorOptions {
  config: Config;
  log: Logger;
  /** Which parts this process runs. */
  parts: {
    api: boolean;
    worker: boolean;
    /** The Grafana of this machine, over the API. */
    grafana?: boolean;
  };
  /** Refuse to share an embedded database with another process that was started like this. */
  singleInstance?: boolean;
  source?: SourceChoice;
  /** Begin to pull runs at once; true unless set. */
  pull?: boolean;
  /** Gives the start up between two of its steps; what had started is stopped again. */
  signal?: AbortSignal;
  /** Told what the worker does, from the first moment on. */
  onEvent?: (event: PipelineEvent) => void;
}

export interface Monitor {
  database: Database;
  storage: Storage;
  api?: { url: string };
  grafana?: { url: string; adminPasswordFile: string };
  worker?: { pipeline: Pipeline; events: PipelineEvents; source: string; scorer: Scorer };
  /** Stops everything in order: no new work, work given back, connections ended, database stopped. Takes 4 s at most. */
  stop(): Promise<void>;
}

/**
 * Puts the parts together; nothing else knows of all of them.
 *
 * @throws an error for people when a part cannot start; what had started is stopped again.
 */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const shutdown = new Shutdown();
  try {
    const { signal } = options;
    const assembling = assemble(options, shutdown);
    const monitor = await (signal === undefined ? assembling : untilAborted(assembling, signal));
    return { ...monitor, stop: () => shutdown.run() };
  } catch (error) {
    await shutdown.run().catch(() => undefined);
    throw error;
  }
}

async function assemble(
  {
    config: settings,
    log,
    parts,
    singleInstance = false,
    source: choice = {},
    pull = true,
    onEvent,
    signal,
  }: MonitorOptions,
  shutdown: Shutdown,
): Promise<Omit<Monitor, 'stop'>> {
  // First of all, because these fail at once where the rest takes seconds.
  const front = parts.grafana ? await prepareGrafana(settings) : undefined;
  const config = { ...settings, ...front?.settings };
  const port = parts.api ? await openPort(config.apiHost, config.apiPort) : undefined;
  if (port !== undefined) shutdown.add(() => port.close());

  // Faulty settings, certificates and recordings show before a database is made.
  const source = parts.worker ? await openSource(config, choice) : undefined;
  if (source !== undefined) shutdown.add(() => source.close());
  signal?.throwIfAborted();
  const opening = openStorage({
    databaseUrl: config.databaseUrl,
    dataDirectory: config.dataDirectory,
    connections: config.databaseConnections,
    // People do not wait longer for an answer.
    ...(parts.worker ? {} : { statementTimeoutMs: 15_000 }),
    singleInstance,
    log,
    signal,
  });
  shutdown.addLast(async () => (await opening.catch(() => undefined))?.close(hastyStopMs));
  const [storage, scorer] = await together(
    opening,
    parts.worker ? openScorer(config, shutdown) : Promise.resolve(undefined),
  );
  signal?.throwIfAborted();
  const { database } = storage;
  const worker =
    scorer === undefined || source === undefined
      ? undefined
      : await openWorker({ config, log, storage, scorer, source, signal }, shutdown);
  if (onEvent !== undefined) worker?.events.on('event', onEvent);
  const metrics = createMetrics(database, worker?.events, config.reportingUrl);
  if (config.metricsPort !== undefined) {
    const served = await serveMetrics(metrics, config.metricsHost, config.metricsPort);
    shutdown.add(() => served.close());
    log.info({ url: served.url }, 'metrics are served');
  }
  if (worker !== undefined && pull) startBackgroundJobs({ config, log, storage, ...worker }, shutdown);

  if (port !== undefined) {
    const control = worker?.pipeline ?? createRunRequests(database, config.dqmDataset);
    const { koa, stop } = createApp({
      database,
      databaseUrl: storage.url,
      control,
      events: worker?.events,
      explainer: worker && createExplainer(database, worker.scorer),
      config,
      log,
      metrics,
      frontAddress: front?.address ?? config.grafanaUrl,
      workbench: () => buildWorkbench(path.join(config.dataDirectory, 'workbench')),
    });
    shutdown.add(stop);
    const callback = koa.callback();
    port.serve((request, response) => void callback(request, response));
  }
  if (worker !== undefined && pull) await worker.pipeline.start(signal);
  const apiUrl = port?.url ?? '';
  const grafana = await front?.start({
    databaseUrl: storage.url,
    reportingUrl: config.reportingUrl,
    apiUrl,
    log,
    signal,
  });
  if (grafana !== undefined) shutdown.add(() => grafana.stop());
  return {
    database,
    storage,
    ...(port === undefined ? {} : { api: { url: port.url } }),
    ...(grafana === undefined ? {} : { grafana }),
    ...(worker === undefined ? {} : { worker }),
  };
}

/** Loaded when it is wanted: most monitors have no Grafana beside them, and images come without the plugin's sources. */
async function prepareGrafana(config: Config) {
  return (await import('./grafana/startGrafana.ts')).prepareGrafana(config);
}

/** Loaded when a browser first asks: images that serve Grafana alone come without the plugin's sources. */
async function buildWorkbench(cache: string) {
  const [{ openWorkbench }, assets] = await Promise.all([
    import('@dtdqm/plugin/workbench'),
    import('@dtdqm/plugin/workbench/assets'),
  ]);
  return { dir: await openWorkbench(cache), assets };
}

async function openScorer(config: Config, shutdown: Shutdown): Promise<Scorer> {
  const scorer = await createScorer({
    hotIsBad: config.hotLayers === 'bad',
    model: config.modelDirectory,
    backend: config.scoringBackend,
    threads: config.scoringThreads,
  });
  shutdown.add(() => scorer.close());
  return scorer;
}

interface WorkerParts {
  config: Config;
  log: Logger;
  storage: Storage;
  scorer: Scorer;
  source: OpenSource;
  signal: AbortSignal | undefined;
}

/** Changes to the model in use before anything is scored. */
async function openWorker(
  { config, log, storage: { database }, scorer, source: { source, description }, signal }: WorkerParts,
  shutdown: Shutdown,
) {
  const { dqmDataset: dataset, firstRun, lastRun, schedule, modelDirectory } = config;
  const learning = await startLearning({ database, scorer, log, modelDirectory, signal });
  shutdown.add(() => learning.close());
  const bounds = {
    ...(firstRun === undefined ? {} : { firstRun }),
    ...(lastRun === undefined ? {} : { lastRun }),
  };
  const query = { dataset, ...bounds };
  const pipeline = createPipeline({ database, scorer, source, log, schedule, query });
  shutdown.add(() => pipeline.stop());
  return { scorer, source: description, learning, pipeline, events: pipeline.events };
}

/** As Promise.all, but waits for the other when one fails: what it opens must be known before it is closed. */
async function together<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

/**
 * What a worker does beside fetching and scoring: ranks the chambers of every run for labelling, keeps the ledger of incidents,
 * forgets old slices, follows the choice of model, previews what labels would do and retrains by schedule.
 */
function startBackgroundJobs(
  {
    config,
    log,
    storage,
    scorer,
    pipeline,
    learning,
  }: Pick<WorkerParts, 'config' | 'log' | 'storage' | 'scorer'> & { pipeline: Pipeline; learning: Learning },
  shutdown: Shutdown,
): void {
  const { database, url: databaseUrl } = storage;
  const { strategy, aggregator, retrainSchedule } = config;
  const { events } = pipeline;
  const queue = queueRefresher({
    database,
    log,
    strategy,
    ...(aggregator === undefined ? {} : { aggregator }),
  });
  shutdown.add(() => queue.stop());
  events.on('event', ({ type }) => {
    if (type === 'stored' || type === 'reevaluated') queue.wake();
  });
  const incidents = startIncidentUpdates({ database, log, events });
  shutdown.add(() => incidents.stop());
  const forgetting = startForgetting({ database, log, days: config.sliceDays });
  shutdown.add(() => forgetting.stop());
  const reevaluate = () => pipeline.reevaluate();
  const keptUp = learning.keepUp({ databaseUrl, retrainSchedule, reevaluate });
  shutdown.add(() => keptUp.stop());
  const { modelDirectory, hotLayers } = config;
  const hotIsBad = hotLayers === 'bad';
  const preview = keepPreview({ database, databaseUrl, log, scorer, modelDirectory, hotIsBad });
  shutdown.add(() => preview.stop());
}

/** How long all parts but the database may take to end in order; a supervisor kills us after 5 s or more. */
const graceMs = 1500;

/** What must be closed again, in the opposite order of opening, however far the start came. */
class Shutdown {
  readonly #steps: (() => Promise<void> | void)[] = [];
  #last: () => Promise<void> = async () => undefined;
  #isOver = false;

  add(step: () => Promise<void> | void): void {
    // A start that was given up may still be opening things.
    if (this.#isOver) void (async () => step())().catch(() => undefined);
    else this.#steps.push(step);
  }

  /** The database: it is stopped whatever the others do, and nothing waits in front of it for long. */
  addLast(step: () => Promise<void>): void {
    this.#last = step;
  }

  /** Takes every step, also after one of them failed or did not end. @throws the first failure. */
  async run(): Promise<void> {
    this.#isOver = true;
    const failures: unknown[] = [];
    const until = performance.now() + graceMs;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const ending = (async () => step())().catch((error: unknown) => void failures.push(error));
      await waitAtMost(until - performance.now(), ending);
    }
    await this.#last().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}

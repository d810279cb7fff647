import type { Logger } from 'pino';
import type { Config } from '../config/index.ts';
import { queueRefresher } from '../learning/queue/queueRefresher.ts';
import type { Learning } from '../learning/startLearning.ts';
import { startIncidentUpdates } from '../pipeline/incidents.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Storage } from '../storage/storage.ts';
import type { Closers } from './closers.ts';

export interface DutiesOptions {
  config: Config;
  log: Logger;
  storage: Storage;
  pipeline: Pipeline;
  learning: Learning;
}

/**
 * What a worker does beside fetching and scoring: gives the chambers of every run their places among those to label, keeps the
 * ledger of incidents, follows the choice of model and retrains by schedule.
 */
export function takeUpDuties(
  { config, log, storage, pipeline, learning }: DutiesOptions,
  closers: Closers,
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
  closers.add(() => queue.stop());
  events.on('event', ({ type }) => {
    if (type === 'stored' || type === 'reevaluated') queue.wake();
  });
  const incidents = startIncidentUpdates({ database, log, events });
  closers.add(() => incidents.stop());
  const reevaluate = () => pipeline.reevaluate();
  const keptUp = learning.keepUp({ databaseUrl, retrainSchedule, reevaluate });
  closers.add(() => keptUp.stop());
}

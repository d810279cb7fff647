import type { Logger } from 'pino';
import type { Database } from '../storage/database.ts';
import { forgetDeletion } from '../storage/runs.ts';
import { requestReevaluation } from '../storage/results.ts';
import { databaseTime } from './discover.ts';
import { createQueue, type Job, type Queue } from './queue.ts';

/** What people and programs may ask of whichever worker is free; needs neither a DQM server nor a model. */
export interface RunRequests {
  /** Fetches the run (again), before all that discovery found. */
  enqueue(run: number): Promise<void>;
  /** Asks the source for runs without waiting for the schedule. */
  discoverNow(): Promise<void>;
  /** Marks finished runs for another look: those named, else all that `model` has not scored, else all. @returns which. */
  reevaluate(runs?: readonly number[]): Promise<number[]>;
}

export interface RunRequestsOptions {
  database: Database;
  log: Pick<Logger, 'warn'>;
  dataset: string;
  /** Of the worker in this process, where there is one: its queue, its model, and how to wake it. */
  queue?: Queue;
  model?: () => string;
  wake?: () => void;
}

export function createRunRequests(options: RunRequestsOptions): RunRequests {
  const { database, log, dataset, model, wake = () => undefined } = options;
  const queue = options.queue ?? createQueue(database, log);
  const add = async (jobs: readonly Job[], priority: 'asked' | 'found') => {
    await queue.start();
    await queue.add(jobs, { priority });
    wake();
  };
  return {
    async enqueue(run) {
      await forgetDeletion(database, run);
      await add([{ kind: 'fetch', run, dataset, askedAt: await databaseTime(database) }], 'asked');
    },
    discoverNow: () => add([{ kind: 'discover' }], 'asked'),
    async reevaluate(runs) {
      const current = model?.();
      const which = runs === undefined ? (current === undefined ? {} : { model: current }) : { runs };
      const marked = await requestReevaluation(database, which);
      await add(
        marked.map((run) => ({ kind: 'reevaluate', run })),
        'found',
      );
      return marked;
    },
  };
}

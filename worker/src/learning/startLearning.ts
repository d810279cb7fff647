import type { Logger } from 'pino';
import { everyTime } from '../pipeline/schedule.ts';
import { defaultModelFolder, type Scorer } from '@dtdqm/detector';
import type { Database } from '../storage/database.ts';
import { retryWhileUnavailable } from '../storage/connectionErrors.ts';
import { modelInUse } from '../storage/models.ts';
import { ModelFollower } from './retrain/followModel.ts';
import { registerFolder } from './retrain/registerFolder.ts';
import { retrainInChild } from './retrain/retrainInChild.ts';

export interface LearningOptions {
  database: Database;
  scorer: Pick<Scorer, 'model' | 'replaceModel'>;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Model folder of the configuration; the program's default one when absent. */
  modelDirectory?: string | undefined;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}

export interface Learning {
  /**
   * Goes on following the choice of model, and retrains by schedule.
   *
   * @param reevaluate marks what other models scored to be scored anew.
   */
  keepUp(settings: {
    /** Address of the database, for the process that retrains; holds the password. */
    databaseUrl: string;
    /** Cron expression, or `never`. */
    retrainSchedule: string;
    reevaluate(): Promise<unknown>;
    /** How often the choice is looked up; 5 s unless set. */
    everyMs?: number;
  }): { stop(): Promise<void> };
  /** Removes the files of the model in use, once the scorer is no longer needed. */
  close(): Promise<void>;
}

/**
 * Keeps the files of the model that a worker starts with, so that it can be rolled back to, and goes over to the one that
 * people or the gate chose before anything is scored.
 */
export async function startLearning(options: LearningOptions): Promise<Learning> {
  const { database, log } = options;
  const folder = options.modelDirectory ?? (await defaultModelFolder());
  const { model, isAnother } = await retryWhileUnavailable(() => registerFolder(database, folder), options);
  if (isAnother) log.warn({ model }, 'other weights have scored under this name: give them another version');
  const follower = new ModelFollower(options);
  await retryWhileUnavailable(() => follower.look(), options);
  const { model: chosen } = await retryWhileUnavailable(() => modelInUse(database), options);
  return {
    keepUp({ databaseUrl, retrainSchedule, reevaluate, everyMs = 5_000 }) {
      const stopping = new AbortController();
      let work = Promise.resolve();
      // The choice may have been made while no worker ran.
      let isPending = chosen !== null;
      const follow = () => {
        work = work.then(async () => {
          try {
            if (stopping.signal.aborted) return;
            if (await follower.look()) isPending = true;
            if (isPending) await reevaluate();
            isPending = false;
          } catch (error) {
            log.warn({ err: error }, 'the model in use cannot be followed; trying again');
          }
        });
      };
      follow();
      const timer = setInterval(follow, everyMs);
      const retrain = () => retrainBySchedule(databaseUrl, stopping.signal, log);
      const schedule = retrainSchedule === 'never' ? undefined : everyTime(retrainSchedule, retrain, log);
      return {
        async stop() {
          stopping.abort(new Error('the worker is being stopped'));
          clearInterval(timer);
          await Promise.all([work, schedule?.stop()]);
        },
      };
    },
    close: () => follower.close(),
  };
}

async function retrainBySchedule(
  databaseUrl: string,
  signal: AbortSignal,
  log: LearningOptions['log'],
): Promise<void> {
  try {
    log.info({ report: await retrainInChild(databaseUrl, signal) }, 'retraining by schedule is done');
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

import type { Logger } from 'pino';
import { everyTime } from '../pipeline/schedule.ts';
import { defaultModelFolder } from '../scoring/model/location.ts';
import type { Scorer } from '../scoring/scorer.ts';
import type { Database } from '../storage/database.ts';
import { followModel } from './retrain/followModel.ts';
import { retrainInChild } from './retrain/retrainInChild.ts';
import { locks } from '../storage/locks.ts';

export interface LearningOptions {
  database: Database;
  /** Address of the database, for the process that retrains; holds the password. */
  databaseUrl: string;
  scorer: Pick<Scorer, 'model' | 'replaceModel'>;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Model folder of the configuration; the default one when absent. */
  modelDirectory?: string | undefined;
  /** Cron expression, or `never`. */
  retrainSchedule: string;
  /** Marks what other models scored to be scored anew. */
  reevaluate(): Promise<unknown>;
}

/** Keeps a worker on the model that people or the gate chose, and retrains by schedule. */
export async function startLearning(options: LearningOptions): Promise<{ stop(): Promise<void> }> {
  const { database, scorer, log, modelDirectory, retrainSchedule, reevaluate } = options;
  const stopping = new AbortController();
  const fallbackModel = modelDirectory ?? (await defaultModelFolder());
  const follower = followModel({ database, scorer, log, fallbackModel, onChange: () => reevaluate() });
  const schedule =
    retrainSchedule === 'never'
      ? undefined
      : everyTime(retrainSchedule, () => retrainAlone(options, stopping.signal), log);
  return {
    async stop() {
      stopping.abort(new Error('the worker is being stopped'));
      await Promise.all([follower.stop(), schedule?.stop()]);
    },
  };
}

async function retrainAlone(
  { database, databaseUrl, log }: LearningOptions,
  signal: AbortSignal,
): Promise<void> {
  const client = await database.connect();
  try {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
      locks.retraining,
    ]);
    if (!rows[0]?.mine) return;
    try {
      log.info(
        { report: JSON.parse(await retrainInChild(databaseUrl, signal)) as unknown },
        'retrained by schedule',
      );
    } finally {
      await client.query('select pg_advisory_unlock($1)', [locks.retraining]);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    client.release();
  }
}

import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult, type RunResult } from '@dtdqm/worker/storage/results';
import { takeInScores } from '@dtdqm/worker/learning/queue/queueRefresher';
import type { Database } from '@dtdqm/worker/storage/database';
import { syntheticRun } from '../postgres/syntheticRun.ts';

/** Stores whole synthetic runs and lets their chambers wait to be labelled. */
export async function seedRuns(database: Database, runs: readonly number[]): Promise<RunResult[]> {
  await registerModel(database, { name: 'test@1.0.0', hash: 'x' });
  const stored = runs.map((run) => syntheticRun(run));
  for (const run of stored) await saveRunResult(database, run);
  await takeInScores(database);
  return stored;
}

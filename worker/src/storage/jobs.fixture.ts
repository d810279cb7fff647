import { afterEach, beforeEach } from 'vitest';
import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { syntheticRun } from '../../../test/postgres/syntheticRun.ts';
import { claimJob, requestFetch, type ClaimedJob } from './jobs.ts';
import { registerModel } from './models.ts';
import { saveRunResult } from './results.ts';
import { runsToLookAt } from './runs.ts';

export const dataset = 'd';
export const model = 'test@1.0.0';
export let db: TestDatabase;

/** A database of its own for each test of a chapter that calls this. */
export function useDatabase(): void {
  beforeEach(async () => {
    db = await createTestDatabase();
    await registerModel(db.database, { name: model, hash: 'h' });
  });
  afterEach(() => db.drop());
}

export const found = (...runs: number[]) =>
  requestFetch(
    db.database,
    runs.map((run) => ({ run, dataset })),
  );
export const asked = (run: number) => requestFetch(db.database, [{ run, dataset }], { byHand: true });
/** Which runs discovery would ask for when the source lists these. */
export const due = async (...runs: number[]) =>
  (
    await runsToLookAt(
      db.database,
      runs.map((run) => ({ run, dataset })),
    )
  ).map(({ run }) => run);
export const claim = (options?: Parameters<typeof claimJob>[2]) =>
  claimJob(db.database, randomUUID(), options);

export async function claimed(options?: Parameters<typeof claimJob>[2]): Promise<ClaimedJob> {
  const job = await claim(options);
  if (job === null) throw new Error('nothing waits');
  return job;
}

export const store = (run: number, owner?: string) =>
  saveRunResult(db.database, syntheticRun(run, { chambers: syntheticRun(run).chambers.slice(0, 1) }), owner);

export async function waiting(): Promise<string[]> {
  const { rows } = await db.database.query<{ job: string }>(
    `select kind || ' ' || run as job from job order by run, kind`,
  );
  return rows.map(({ job }) => job);
}

export async function counts(): Promise<string[]> {
  const { rows } = await db.database.query<{ count: string }>(
    `select concat_ws(' ', kind, state, jobs) as count from reporting.job_counts() order by 1`,
  );
  return rows.map(({ count }) => count);
}

export async function ownerOf(run: number): Promise<string> {
  const { rows } = await db.database.query<{ owner: string }>(
    'select lease_owner as owner from run where run = $1',
    [run],
  );
  return rows[0]!.owner;
}

export async function lost(run: number): Promise<number | undefined> {
  const { rows } = await db.database.query<{ lost: number }>(
    'select lost_workers as lost from run where run = $1',
    [run],
  );
  return rows[0]?.lost;
}

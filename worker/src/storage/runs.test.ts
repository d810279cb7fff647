import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { abandon } from '../../../test/postgres/abandon.ts';
import { runsToLookAt, listenToRuns, deleteRun, finishedRuns, getRun, listRuns } from './runs.ts';
import { afterFailure, newLife } from '../pipeline/runLife.ts';
import { claimJob, claimRun, failRun, renewLease, type ClaimedJob } from './jobs.ts';

const dataset = 'd';
const quiet = { warn: () => undefined };
let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** Which of the runs discovery would ask for when the source lists them. */
const due = async (...runs: number[]) =>
  (
    await runsToLookAt(
      db.database,
      runs.map((run) => ({ run, dataset })),
    )
  ).map(({ run }) => run);

async function claimed(run: number): Promise<ClaimedJob> {
  const job = await claimRun(db.database, { run, dataset }, randomUUID());
  if (job === null) throw new Error(`run ${run} is in hand already`);
  return job;
}

test('pages of runs follow on each other without gap or overlap, newest first, by status', async () => {
  for (const run of [101, 102, 103, 104, 105]) {
    const job = await claimed(run);
    if (run % 2 === 1) await failRun(db.database, job, 'broken', job.life);
  }
  const first = await listRuns(db.database, { limit: 2, statuses: ['ERROR'] });
  expect(first.runs.map(({ run }) => run)).toEqual([105, 103]);
  const second = await listRuns(db.database, { limit: 2, statuses: ['ERROR'], cursor: first.nextCursor });
  expect(second).toMatchObject({ runs: [{ run: 101, error: 'broken' }], nextCursor: null });
  expect((await listRuns(db.database, { limit: 5 })).nextCursor).toBeNull();
  expect(await finishedRuns(db.database)).toEqual([]);
});

test('a page around a run holds as many newer as older ones, whether the run is stored or not', async () => {
  for (const run of [201, 202, 203, 205, 206, 207]) await claimed(run);
  const around = async (run: number, limit = 3) =>
    (await listRuns(db.database, { limit, around: run })).runs.map((each) => each.run);
  expect(await around(203)).toEqual([205, 203, 202]);
  expect(await around(204, 4)).toEqual([206, 205, 203, 202]);
  expect(await around(207)).toEqual([207, 206, 205]);
  expect(await around(500)).toEqual([207, 206, 205]);
  expect(await around(201)).toEqual([202, 201, 105]);
});

test('a run is in the hands of one worker at a time', async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  const taken = await Promise.all(
    [first, second].map((owner) => claimRun(db.database, { run: 1, dataset }, owner)),
  );
  expect(taken.filter((lease) => lease !== null)).toHaveLength(1);
  const owner = taken[0] === null ? second : first;
  expect(await renewLease(db.database, 1, owner)).toBe(true);
  expect(await due(1)).toEqual([]);
  await abandon(db.database, 1);
  expect(await getRun(db.database, 1)).toMatchObject({ status: 'LOADING' });
  const heir = randomUUID();
  expect(await claimJob(db.database, heir, { run: 1 })).toMatchObject({ run: 1, kind: 'fetch', owner: heir });
  expect(await renewLease(db.database, 1, owner)).toBe(false);
  expect(await failRun(db.database, { run: 1, kind: 'fetch', owner }, 'late', newLife(0))).toBe(false);
  expect(await getRun(db.database, 1)).toMatchObject({ status: 'LOADING' });
});

test('a failing run is tried again when its life says so, and only while the source lists it if nothing was had', async () => {
  const job = await claimed(2);
  const now = Date.now();
  await failRun(db.database, job, 'broken', afterFailure(job.life, { now, newer: false }, 'broken'));
  expect(await getRun(db.database, 2)).toMatchObject({ life: 'error', lifeReason: 'broken' });
  expect(await due(2)).toEqual([]);
  await db.database.query(`update run set look_at = null where run <> 2`);
  await db.database.query(`update run set look_at = now() where run = 2`);
  expect(await due(2)).toEqual([2]);
  expect(await due(9)).toEqual([9]);
  await db.database.query(`update run set chambers = 1 where run = 2`);
  expect(await due(9)).toEqual([9, 2]);
  await db.database.query(`update run set look_at = null where run = 2`);
  expect(await due(2)).toEqual([]);
});

test('deleting says how many chambers went, and null when there was no such run', async () => {
  await claimRun(db.database, { run: 3, dataset }, randomUUID());
  expect(await deleteRun(db.database, 3)).toBe(0);
  expect(await deleteRun(db.database, 3)).toBeNull();
  expect(await due(3)).toEqual([]);
});

test('listeners hear of runs, and are told when they may have missed some', async () => {
  const heard: (number | 'reconnected')[] = [];
  const listener = listenToRuns(
    db.url,
    quiet,
    (run) => heard.push(run),
    () => heard.push('reconnected'),
  );
  const backend = async () => {
    const { rows } = await db.database.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where datname = current_database() and query = 'listen dtdqm_run' and state = 'idle'`,
    );
    return rows[0]?.pid;
  };
  try {
    await vi.waitUntil(backend, { timeout: 20_000 });
    await claimRun(db.database, { run: 4, dataset }, randomUUID());
    await vi.waitUntil(() => heard.includes(4), { timeout: 20_000 });
    await db.database.query('select pg_terminate_backend($1)', [await backend()]);
    await vi.waitUntil(() => heard.includes('reconnected'), { timeout: 20_000 });
    await claimRun(db.database, { run: 5, dataset }, randomUUID());
    await vi.waitUntil(() => heard.includes(5), { timeout: 20_000 });
    expect(heard).toEqual([4, 'reconnected', 5]);
  } finally {
    await listener.close();
  }
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { abandon } from '../../../test/postgres/abandon.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { claimJob, claimRun, leaseSeconds, requestReevaluation, type ClaimedJob } from '../storage/jobs.ts';
import { deleteRun, getRun } from '../storage/runs.ts';
import { PipelineEvents, type PipelineEvent } from './events.ts';
import { defaultLifeRule } from './runLife.ts';
import { LostRun, withLease } from './withLease.ts';

const run = 7;
const dataset = 'd';
let db: TestDatabase;
let job: ClaimedJob;
let told: PipelineEvent[];
beforeEach(async () => {
  db = await createTestDatabase();
  told = [];
  job = await claimed();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await db.drop();
});

async function claimed(): Promise<ClaimedJob> {
  const taken = await claimRun(db.database, { run, dataset }, randomUUID());
  if (taken === null) throw new Error('in hand already');
  return taken;
}

const heartbeat = () => vi.advanceTimersByTime((leaseSeconds * 1000) / 3);

function work<T>(
  action: (signal: AbortSignal) => Promise<T>,
  { signal = new AbortController().signal, of = job } = {},
): Promise<T | 'lost' | 'failed'> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const events = new PipelineEvents();
  events.on('event', (event) => told.push(event));
  return withLease({ database: db.database, log, events, lifeRule: defaultLifeRule }, of, signal, action);
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

async function lease(): Promise<{ owner: string | null; left: number | null; lost: number } | undefined> {
  const { rows } = await db.database.query<{ owner: string | null; left: number | null; lost: number }>(
    `select lease_owner as owner, extract(epoch from lease_until - now())::real as left, lost_workers as lost from run where run = $1`,
    [run],
  );
  return rows[0];
}

test('returns what the work returns, and leaves the lease to whoever stores it', async () => {
  expect(await work(async () => 'stored')).toBe('stored');
  expect(await lease()).toMatchObject({ owner: job.owner });
  expect(vi.getTimerCount()).toBe(0);
});

test('keeps the lease alive three times as often as it must be', async () => {
  const outcome = work(async (signal) => {
    for (let beat = 0; beat < 2; beat++) {
      await db.database.query(`update run set lease_until = now() + interval '5 seconds'`);
      heartbeat();
      await expect.poll(async () => (await lease())?.left).toBeGreaterThan(leaseSeconds - 5);
      await delay(20);
      expect(signal.aborted).toBe(false);
    }
    return 'stored';
  });
  expect(await outcome).toBe('stored');
});

test.each([
  [
    'another worker takes the run over',
    () => db.database.query('update run set lease_owner = gen_random_uuid()'),
  ],
  ['somebody deletes the run', () => deleteRun(db.database, run)],
])('aborts the work when %s', async (_, lose) => {
  const reasons: unknown[] = [];
  const outcome = work(async (signal) => {
    await lose();
    heartbeat();
    return untilAborted(signal).catch((reason: unknown) => {
      reasons.push(reason);
      throw reason;
    });
  });
  expect(await outcome).toBe('lost');
  expect(reasons).toEqual([expect.any(LostRun)]);
  expect(told).toEqual([]);
});

test('goes on working when one heartbeat fails', async () => {
  const outcome = work(async (signal) => {
    const query = vi
      .spyOn(db.database, 'query')
      .mockRejectedValueOnce(new Error('Connection terminated') as never);
    heartbeat();
    await expect.poll(() => query.mock.calls.length).toBe(1);
    await delay(20);
    expect(signal.aborted).toBe(false);
    return 'stored';
  });
  expect(await outcome).toBe('stored');
});

test('gives the run back at once when it is cancelled, and says so', async () => {
  const stopping = new AbortController();
  const outcome = work(
    (signal) => {
      stopping.abort(new Error('the worker is being stopped'));
      return untilAborted(signal);
    },
    { signal: stopping.signal },
  );
  await expect(outcome).rejects.toThrow('the worker is being stopped');
  expect(told).toEqual([{ type: 'given-back', run }]);
  expect(await lease()).toMatchObject({ lost: 0 });
  expect(await claimJob(db.database, randomUUID())).toMatchObject({ run });
});

test('gives the run back when the database is unavailable, which is no fault of the run', async () => {
  const outcome = work(() => Promise.reject(new Error('Connection terminated unexpectedly')));
  await expect(outcome).rejects.toThrow('Connection terminated');
  expect(told).toEqual([]);
  expect(await getRun(db.database, run)).toMatchObject({ status: 'LOADING' });
  expect(await claimJob(db.database, randomUUID())).toMatchObject({ run });
});

test('ends what goes wrong as an ERROR of the run, with the reason', async () => {
  expect(await work(() => Promise.reject(new Error('out of memory')))).toBe('failed');
  expect(await getRun(db.database, run)).toMatchObject({ status: 'ERROR', error: 'out of memory' });
  expect(told).toEqual([{ type: 'failed', run, error: 'out of memory' }]);
  expect(await claimJob(db.database, randomUUID())).toBeNull();
});

test('says of a re-evaluation that it was one', async () => {
  await db.database.query(`update run set status = 'FINISHED', lease_owner = null, lease_until = null`);
  await db.database.query('delete from job');
  await requestReevaluation(db.database, {});
  const again = await claimJob(db.database, randomUUID());
  if (again === null) throw new Error('nothing waits');
  expect(await work(() => Promise.reject(new Error('out of memory')), { of: again })).toBe('failed');
  expect(await getRun(db.database, run)).toMatchObject({ error: 're-evaluation failed: out of memory' });
});

test('writes no ERROR into a run that another worker has by now', async () => {
  await abandon(db.database, run);
  const heir = await claimJob(db.database, randomUUID());
  expect(await work(() => Promise.reject(new Error('late')))).toBe('failed');
  expect(await getRun(db.database, run)).toMatchObject({ status: 'LOADING', error: null });
  expect(await lease()).toMatchObject({ owner: heir?.owner });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createTestDatabase, somebodyWaits, type TestDatabase } from '../../../test/postgres/database.ts';
import { abandon } from '../../../test/postgres/abandon.ts';
import { finalLife, syntheticRun } from '../../../test/postgres/syntheticRun.ts';
import { transaction } from './database.ts';
import {
  claimJob,
  claimRun,
  endJobs,
  failRun,
  giveUpRuns,
  leaseSeconds,
  mostLostWorkers,
  releaseRun,
  renewLease,
  requestFetch,
  requestLeftRuns,
  requestReevaluation,
  whileOwned,
  type ClaimedJob,
} from './jobs.ts';
import { migrate } from './migrate.ts';
import { registerModel, unknownHash } from './models.ts';
import { saveLook, saveReevaluation, saveRunResult } from './results.ts';
import { deleteRun, getRun, runsToLookAt, recordDiscovery, secondsSinceDiscovery } from './runs.ts';
import type { RunLife } from '../pipeline/runLife.ts';

const dataset = 'd';
const model = 'test@1.0.0';
let db: TestDatabase;
beforeEach(async () => {
  db = await createTestDatabase();
  await registerModel(db.database, { name: model, hash: 'h' });
});
afterEach(() => db.drop());

const found = (...runs: number[]) =>
  requestFetch(
    db.database,
    runs.map((run) => ({ run, dataset })),
  );
const asked = (run: number) => requestFetch(db.database, [{ run, dataset }], { byHand: true });
/** Which runs discovery would ask for when the source lists these. */
const due = async (...runs: number[]) =>
  (
    await runsToLookAt(
      db.database,
      runs.map((run) => ({ run, dataset })),
    )
  ).map(({ run }) => run);
const claim = (options?: Parameters<typeof claimJob>[2]) => claimJob(db.database, randomUUID(), options);

async function claimed(options?: Parameters<typeof claimJob>[2]): Promise<ClaimedJob> {
  const job = await claim(options);
  if (job === null) throw new Error('nothing waits');
  return job;
}

const store = (run: number, owner?: string) =>
  saveRunResult(db.database, syntheticRun(run, { chambers: syntheticRun(run).chambers.slice(0, 1) }), owner);

async function waiting(): Promise<string[]> {
  const { rows } = await db.database.query<{ job: string }>(
    `select kind || ' ' || run as job from job order by run, kind`,
  );
  return rows.map(({ job }) => job);
}

async function counts(): Promise<string[]> {
  const { rows } = await db.database.query<{ count: string }>(
    `select concat_ws(' ', kind, state, jobs) as count from reporting.job_counts() order by 1`,
  );
  return rows.map(({ count }) => count);
}

async function ownerOf(run: number): Promise<string> {
  const { rows } = await db.database.query<{ owner: string }>(
    'select lease_owner as owner from run where run = $1',
    [run],
  );
  return rows[0]!.owner;
}

async function lost(run: number): Promise<number | undefined> {
  const { rows } = await db.database.query<{ lost: number }>(
    'select lost_workers as lost from run where run = $1',
    [run],
  );
  return rows[0]?.lost;
}

describe('the order of work', () => {
  test('is what people asked for, first come first served, and then the newest run', async () => {
    await found(5, 9, 7);
    await asked(2);
    await asked(3);
    // Found once more it keeps its place.
    await found(2);
    const order = [];
    for (let job = await claim(); job !== null; job = await claim()) order.push(job.run);
    expect(order).toEqual([2, 3, 9, 7, 5]);
  });

  test('passes over a run that another worker is just claiming, and does not wait for it', async () => {
    await found(5, 9);
    await transaction(db.database, async (client) => {
      await client.query('select from job where run = 9 for update');
      expect((await claimed()).run).toBe(5);
    });
    expect((await claimed()).run).toBe(9);
  });

  test('is as it was asked for although another worker takes the run at that moment', async () => {
    await store(1);
    await requestReevaluation(db.database, {});
    await found(1, 5);
    for (const options of [{ run: 1 }, { kinds: ['reevaluate'] }, { except: [5] }] as const) {
      let claiming: Promise<ClaimedJob | null> | undefined;
      await transaction(db.database, async (client) => {
        await client.query(
          `update run set lease_until = now() + interval '1 minute', lease_owner = gen_random_uuid() where run = 1`,
        );
        claiming = claim(options);
        await somebodyWaits(db.database);
      });
      expect(await claiming).toBeNull();
      await db.database.query('update run set lease_until = null, lease_owner = null');
    }
  });

  test('passes over runs that the worker leaves aside', async () => {
    await found(5, 9, 7);
    expect((await claimed({ except: [9, 5] })).run).toBe(7);
    expect(await claim({ except: [9, 5] })).toBeNull();
    expect(await claim({ except: [5], run: 5 })).toBeNull();
    expect((await claimed()).run).toBe(9);
  });

  test('moves a run up that people ask for while it waits, and keeps it there when it is found again', async () => {
    await found(5, 9);
    await asked(5);
    await found(5);
    expect((await claimed()).run).toBe(5);
  });

  test('takes re-evaluations among the runs found, by run number', async () => {
    await store(7);
    await requestReevaluation(db.database, {});
    await found(6, 8);
    const order = [];
    for (let job = await claim(); job !== null; job = await claim()) order.push(`${job.kind} ${job.run}`);
    expect(order).toEqual(['fetch 8', 'reevaluate 7', 'fetch 6']);
  });

  test('leaves fetches aside while the server is left alone', async () => {
    await store(7);
    await requestReevaluation(db.database, {});
    await found(8);
    expect(await claimed({ kinds: ['reevaluate'] })).toMatchObject({ kind: 'reevaluate', run: 7 });
    expect(await claim({ kinds: ['reevaluate'] })).toBeNull();
  });
});

describe('a claim', () => {
  test('says what to do and what is stored', async () => {
    await requestFetch(db.database, [{ run: 4, dataset }]);
    const owner = randomUUID();
    expect(await claimJob(db.database, owner)).toEqual({
      kind: 'fetch',
      run: 4,
      dataset,
      byHand: false,
      owner,
      life: expect.objectContaining({ state: 'listed', grewAt: null }) as RunLife,
      model: null,
    });
    expect(await getRun(db.database, 4)).toMatchObject({ status: 'LOADING', dataset });
    await store(4, owner);
    await found(4);
    expect(await claimed()).toMatchObject({ byHand: false, model, life: { state: 'final' } });
    // Its chambers stay visible.
    expect(await getRun(db.database, 4)).toMatchObject({ status: 'FINISHED' });
  });

  test('holds for the time of a lease, and longer when it is renewed', async () => {
    await found(4);
    const { owner } = await claimed();
    const left = async () => {
      const { rows } = await db.database.query<{ left: number }>(
        'select extract(epoch from lease_until - now())::real as left from run where run = 4',
      );
      return rows[0]?.left ?? 0;
    };
    expect(await left()).toBeGreaterThan(leaseSeconds - 5);
    await db.database.query(`update run set lease_until = now() + interval '1 second'`);
    expect(await claim()).toBeNull();
    expect(await renewLease(db.database, 4, randomUUID())).toBe(false);
    expect(await left()).toBeLessThan(2);
    expect(await renewLease(db.database, 4, owner)).toBe(true);
    expect(await left()).toBeGreaterThan(leaseSeconds - 5);
  });

  test('of a worker that died goes to the next one, with what was asked for', async () => {
    await requestFetch(db.database, [{ run: 4, dataset }], { byHand: true });
    const first = await claimed();
    await found(5);
    await abandon(db.database, 4);
    expect(await counts()).toEqual(['fetch created 1', 'fetch retry 1']);
    expect(await claimed()).toMatchObject({ run: 4, byHand: true });
    expect(await lost(4)).toBe(2);
    expect(await store(4, first.owner)).toBe(false);
    // Remembered with the attempts that came to nothing.
    await failRun(db.database, { ...first, owner: await ownerOf(4) }, 'broken', first.life);
    const { rows } = await db.database.query('select run, state, retries from finished_job');
    expect(rows).toEqual([{ run: 4, state: 'failed', retries: 1 }]);
    // A failure that is told is not the end of a worker.
    expect(await lost(4)).toBe(0);
  });

  test('that is given back is free at once, and the worker does not count as lost', async () => {
    await found(4);
    const { owner } = await claimed();
    expect(await lost(4)).toBe(1);
    await releaseRun(db.database, 4, randomUUID());
    expect(await claim()).toBeNull();
    await releaseRun(db.database, 4, owner);
    await releaseRun(db.database, 4, owner);
    expect(await lost(4)).toBe(0);
    expect((await claimed()).run).toBe(4);
  });

  test('of a run by name takes it although others wait, unless somebody has it in hand', async () => {
    await found(9);
    const owner = randomUUID();
    expect(await claimRun(db.database, { run: 4, dataset }, owner)).toMatchObject({ run: 4, owner });
    expect(await claimRun(db.database, { run: 4, dataset }, randomUUID())).toBeNull();
    expect(await waiting()).toEqual(['fetch 4', 'fetch 9']);
  });
});

describe('what waits', () => {
  test('is done with the run that is stored, confirmed or deleted', async () => {
    await found(1, 2, 3);
    const job = await claimed({ run: 1 });
    await store(1, job.owner);
    const confirmed = await claimed({ run: 2 });
    const look = { run: 2, life: finalLife(), error: null, chambers: null };
    expect(await saveLook(db.database, look, randomUUID())).toBe(false);
    expect(await saveLook(db.database, look, confirmed.owner)).toBe(true);
    expect(await getRun(db.database, 2)).toMatchObject({ status: 'FINISHED', closed: true });
    await claimed({ run: 3 });
    await deleteRun(db.database, 3);
    expect(await waiting()).toEqual([]);
    expect(await counts()).toEqual(['fetch completed 2']);
  });

  test('is asked for again while it is in hand: a fetch that succeeds answers it, one that fails does not', async () => {
    await found(1, 2);
    const one = await claimed({ run: 1 });
    const two = await claimed({ run: 2 });
    await asked(1);
    await asked(2);
    await store(1, one.owner);
    expect(await failRun(db.database, two, 'broken', two.life)).toBe(true);
    expect(await waiting()).toEqual(['fetch 2']);
    expect(await claimed()).toMatchObject({ run: 2 });
  });

  test('counts as busy for discovery', async () => {
    await store(1);
    expect(await due(1)).toEqual([]);
    await db.database.query(`update run set look_at = now()`);
    expect(await due(1)).toEqual([1]);
    expect(await due()).toEqual([1]);
    await found(1, 2);
    expect(await due(1, 2, 3)).toEqual([3]);
  });

  test('of a deleted run is wanted again by people only', async () => {
    await store(1);
    await deleteRun(db.database, 1);
    expect(await due(1)).toEqual([]);
    await asked(1);
    expect(await due(1)).toEqual([]);
  });

  test('of a run that is deleted meanwhile is not brought back by discovery, whose list is older', async () => {
    await store(1);
    await deleteRun(db.database, 1);
    // However often it looks.
    for (let look = 1; look <= 2; look++) await found(1, 2);
    expect(await waiting()).toEqual(['fetch 2']);
  });

  test('goes with its run although it is asked for at the moment of the deletion', async () => {
    await store(1);
    let deleted: Promise<number | null> | undefined;
    await transaction(db.database, async (client) => {
      await requestReevaluation(client, { runs: [1] });
      deleted = deleteRun(db.database, 1);
      await somebodyWaits(db.database);
    });
    expect(await deleted).toBe(1);
    expect(await waiting()).toEqual([]);
  });

  test('is locked before its run, by a deletion as by a claim', async () => {
    await found(1);
    await claimed();
    let deleted: Promise<number | null> | undefined;
    await transaction(db.database, async (client) => {
      await client.query('select from job where run = 1 for update');
      deleted = deleteRun(db.database, 1);
      await somebodyWaits(db.database);
      await client.query('select from run where run = 1 for update nowait');
    });
    expect(await deleted).toBe(0);
  });

  test('is locked before its run by whoever stores what came of it, too', async () => {
    await found(1);
    const job = await claimed();
    let failed: Promise<boolean> | undefined;
    await transaction(db.database, async (client) => {
      await client.query('select from job where run = 1 for update');
      failed = failRun(db.database, job, 'broken', job.life);
      await somebodyWaits(db.database);
      await client.query('select from run where run = 1 for update nowait');
    });
    expect(await failed).toBe(true);
  });

  test('cannot be taken over while the result is stored, though the lease has ended and no request stands', async () => {
    await found(1);
    const { owner } = await claimed();
    await db.database.query('delete from job');
    await abandon(db.database, 1);
    let taken: Promise<ClaimedJob | null> | undefined;
    const stored = await whileOwned(db.database, 1, owner, async () => {
      taken = claimRun(db.database, { run: 1, dataset }, randomUUID());
      await somebodyWaits(db.database);
    });
    expect(stored).toBe(true);
    expect(await taken).toMatchObject({ run: 1 });
  });

  test('of two kinds is taken up one by one', async () => {
    await store(1);
    await requestReevaluation(db.database, {});
    await asked(1);
    await claimed({ kinds: ['fetch'] });
    expect(await counts()).toEqual(['fetch active 1', 'reevaluate created 1']);
  });

  test('a failed fetch leaves no re-evaluation that nobody could do', async () => {
    await store(1);
    await requestReevaluation(db.database, {});
    await asked(1);
    await failRun(db.database, await claimed({ kinds: ['fetch'] }), 'broken', finalLife());
    expect(await waiting()).toEqual([]);
  });

  test('a failed re-evaluation leaves a fetch of the run waiting', async () => {
    await store(1);
    expect(await requestReevaluation(db.database, { runs: [1] })).toEqual([1]);
    const job = await claimed();
    expect(job).toMatchObject({ kind: 'reevaluate', run: 1, model });
    expect(await getRun(db.database, 1)).toMatchObject({ status: 'REEVALUATING' });
    // Attempts are those at fetching: discovery waits the longer for the next one, the more there were.
    const { rows } = await db.database.query('select attempts from run where run = 1');
    expect(rows).toEqual([{ attempts: 1 }]);
    await asked(1);
    expect(await counts()).toEqual(['fetch created 1', 'reevaluate active 1']);
    await failRun(db.database, job, 'broken', job.life);
    expect(await waiting()).toEqual(['fetch 1']);
    expect(await getRun(db.database, 1)).toMatchObject({ status: 'ERROR', error: 'broken' });
    // Fetched anew it is scored by the model in use, so nothing else is left to do.
    const { owner } = await claimed();
    await store(1, owner);
    expect(await waiting()).toEqual([]);
  });

  test('a re-evaluation that is done leaves a fetch of the run waiting, a fetch leaves no re-evaluation', async () => {
    await store(1);
    await requestReevaluation(db.database, {});
    await asked(1);
    const scores = { run: 1, model, chambers: [] };
    const job = await claimed({ kinds: ['reevaluate'] });
    expect(await saveReevaluation(db.database, scores, randomUUID())).toBe(false);
    expect(await saveReevaluation(db.database, scores, job.owner)).toBe(true);
    expect(await waiting()).toEqual(['fetch 1']);
    await requestReevaluation(db.database, {});
    const { owner } = await claimed({ kinds: ['fetch'] });
    expect(await waiting()).toEqual(['fetch 1', 'reevaluate 1']);
    await store(1, owner);
    expect(await waiting()).toEqual([]);
  });
});

describe('re-evaluation', () => {
  test('is for finished runs that nobody has in hand, of another model where one is named', async () => {
    for (const run of [1, 2, 3]) await store(run);
    await asked(3);
    await claimed();
    await registerModel(db.database, { name: 'test@2.0.0', hash: 'h' });
    await db.database.query(`update run set model = 'test@2.0.0' where run = 2`);
    expect(await requestReevaluation(db.database, { model: 'test@2.0.0' })).toEqual([1]);
    expect(await requestReevaluation(db.database, {})).toEqual([2]);
    expect(await requestReevaluation(db.database, {})).toEqual([]);
  });
});

describe('a run that its workers do not survive', () => {
  test('is given up after five, and gets one more try when people ask for it', async () => {
    await found(1, 2);
    await claimed({ run: 2 });
    for (let worker = 1; worker <= mostLostWorkers; worker++) {
      expect(await giveUpRuns(db.database)).toEqual([]);
      await claimed({ run: 1 });
      await abandon(db.database, 1);
    }
    expect(await claim({ run: 1 })).toBeNull();
    expect(await giveUpRuns(db.database)).toEqual([
      { run: 1, error: expect.stringMatching(/^given up: 5 workers/) as string },
    ]);
    expect(await getRun(db.database, 1)).toMatchObject({ status: 'ERROR' });
    expect(await waiting()).toEqual(['fetch 2']);
    expect(await counts()).toEqual(['fetch active 1', 'fetch failed 1']);
    expect(await due(1)).toEqual([]);
    await asked(1);
    await claimed({ run: 1 });
    // The one that has it in hand may yet succeed.
    expect(await giveUpRuns(db.database)).toEqual([]);
    await abandon(db.database, 1);
    expect(await claim({ run: 1 })).toBeNull();
    expect(await giveUpRuns(db.database)).toMatchObject([
      { run: 1, error: expect.stringMatching(/^given up: 6/) as string },
    ]);
  });

  test('is not given up when people ask after the last one was lost', async () => {
    await found(1);
    await claimed();
    await abandon(db.database, 1);
    await db.database.query('update run set lost_workers = 5');
    await asked(1);
    expect(await giveUpRuns(db.database)).toEqual([]);
    expect((await claimed()).run).toBe(1);
  });

  test('is not given up with a request that nobody has taken up yet', async () => {
    await found(1);
    await claimed();
    await abandon(db.database, 1);
    await db.database.query('update run set lost_workers = 5');
    await db.database.query('delete from job');
    await found(1);
    expect(await giveUpRuns(db.database)).toEqual([]);
    expect((await claimed()).run).toBe(1);
  });

  test('is fetched when people ask at the moment it is given up', async () => {
    await found(1);
    await claimed();
    await abandon(db.database, 1);
    await db.database.query('update run set lost_workers = 5');
    let givenUp: Promise<unknown> | undefined;
    await transaction(db.database, async (client) => {
      await requestFetch(client, [{ run: 1, dataset }], { byHand: true });
      givenUp = giveUpRuns(db.database);
      await somebodyWaits(db.database);
    });
    await givenUp;
    expect((await claimed()).run).toBe(1);
  });
});

describe('a run that a worker of the version before left', () => {
  test('is asked for again, whatever was done with it', async () => {
    await found(1, 2, 3, 4);
    for (const run of [1, 2, 3, 4]) await claimed({ run });
    await abandon(db.database, 1);
    await abandon(db.database, 2);
    await db.database.query('delete from job where run <> 4');
    await db.database.query(`update run set status = 'REEVALUATING' where run = 2`);
    await store(5);
    await db.database.query(`update run set status = 'PENDING_REEVALUATION' where run = 5`);
    await requestLeftRuns(db.database);
    await requestLeftRuns(db.database);
    expect(await waiting()).toEqual(['fetch 1', 'reevaluate 2', 'fetch 4', 'reevaluate 5']);
    expect([await claimed(), await claimed(), await claimed()]).toMatchObject([
      { kind: 'reevaluate', run: 5 },
      { kind: 'reevaluate', run: 2 },
      { kind: 'fetch', run: 1, dataset },
    ]);
  });

  test('is given up when it has ended five workers', async () => {
    await found(1);
    await claimed();
    await abandon(db.database, 1);
    await db.database.query('delete from job');
    await db.database.query('update run set lost_workers = 5');
    await requestLeftRuns(db.database);
    expect(await giveUpRuns(db.database)).toMatchObject([{ run: 1 }]);
    expect(await waiting()).toEqual([]);
    expect(await counts()).toEqual(['fetch failed 1']);
  });

  test('is not asked for in another way than it waits for already', async () => {
    await store(1);
    await db.database.query(`update run set status = 'PENDING_REEVALUATION'`);
    await found(1);
    await requestLeftRuns(db.database);
    expect(await waiting()).toEqual(['fetch 1']);
  });
});

describe('looks for runs', () => {
  test('are remembered for a day; failed ones do not count as a look', async () => {
    expect(await secondsSinceDiscovery(db.database)).toBeNull();
    await recordDiscovery(db.database, 3, 'completed');
    await recordDiscovery(db.database, 1, 'failed');
    expect(await secondsSinceDiscovery(db.database)).toBeGreaterThanOrEqual(3);
    expect(await secondsSinceDiscovery(db.database)).toBeLessThan(60);
    await db.database.query(`update finished_job set finished_at = finished_at - interval '25 hours'`);
    await endJobs(db.database, 1, ['fetch'], 'completed');
    await recordDiscovery(db.database, 0, 'failed');
    expect(await counts()).toEqual(['discover failed 1']);
    expect(await secondsSinceDiscovery(db.database)).toBeNull();
  });
});

describe('a database of the version with pg-boss', () => {
  test('keeps what waits: jobs of its queue, runs in hand, and runs to re-evaluate', async () => {
    const old = await createTestDatabase({ migrated: false });
    try {
      const client = new pg.Client({ connectionString: old.url });
      await client.connect();
      await client.query(
        `create schema pgboss;
         create type pgboss.job_state as enum ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');
         create table pgboss.job (name text, data jsonb, state pgboss.job_state, priority integer)`,
      );
      const put = (data: object, state = 'created', priority = 1) =>
        client.query(`insert into pgboss.job values ('runs', $1, $2, $3)`, [
          JSON.stringify(data),
          state,
          priority,
        ]);
      const askedAt = '2026-01-01T00:00:00Z';
      await put({ kind: 'discover' });
      await put({ kind: 'reevaluate', run: 9 });
      await put({ kind: 'fetch', run: 1, dataset, askedAt, ended: true });
      await put({ kind: 'fetch', run: 2, dataset, askedAt }, 'active', 2_147_483_647);
      await put({ kind: 'fetch', run: 3, dataset, askedAt }, 'completed');
      await put({ kind: 'fetch', run: 4, dataset, askedAt }, 'retry');
      await put({ kind: 'fetch', run: 4, dataset, askedAt }, 'created', 2_147_483_647);
      await client.end();
      await migrate(old.url, { info: () => undefined });
      const { rows } = await old.database.query(
        'select kind, run, by_hand, requested_at from job order by run',
      );
      const requested_at = new Date(askedAt);
      expect(rows).toEqual([
        { kind: 'fetch', run: 1, by_hand: false, requested_at },
        { kind: 'fetch', run: 2, by_hand: true, requested_at },
        { kind: 'fetch', run: 4, by_hand: true, requested_at },
      ]);
    } finally {
      await old.drop();
    }
  });
});

test('a worker that looks whether its model is registered writes nothing when it is', async () => {
  await transaction(db.database, async (client) => {
    await registerModel(client, { name: model, hash: unknownHash });
    const { rows } = await client.query<{ id: string | null }>(
      'select pg_current_xact_id_if_assigned()::text as id',
    );
    expect(rows).toEqual([{ id: null }]);
  });
});

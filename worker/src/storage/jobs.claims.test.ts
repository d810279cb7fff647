import { describe, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { somebodyWaits } from '../../../test/postgres/database.ts';
import { abandon } from '../../../test/postgres/abandon.ts';
import { transaction } from './database.ts';
import {
  asked,
  claim,
  claimed,
  counts,
  dataset,
  db,
  found,
  lost,
  model,
  ownerOf,
  store,
  waiting,
  useDatabase,
} from './jobs.fixture.ts';
import {
  claimJob,
  claimRun,
  endJobs,
  failRun,
  leaseSeconds,
  releaseRun,
  renewLease,
  requestFetch,
  requestReevaluation,
  type ClaimedJob,
} from './jobs.ts';
import { registerModel, unknownHash } from './models.ts';
import { getRun, recordDiscovery, secondsSinceDiscovery } from './runs.ts';
import type { RunLife } from '../pipeline/runLife.ts';

useDatabase();

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

test('a worker that looks whether its model is registered writes nothing when it is', async () => {
  await transaction(db.database, async (client) => {
    await registerModel(client, { name: model, hash: unknownHash });
    const { rows } = await client.query<{ id: string | null }>(
      'select pg_current_xact_id_if_assigned()::text as id',
    );
    expect(rows).toEqual([{ id: null }]);
  });
});

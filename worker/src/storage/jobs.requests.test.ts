import { describe, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { somebodyWaits } from '../../../test/postgres/database.ts';
import { abandon } from '../../../test/postgres/abandon.ts';
import { finalLife } from '../../../test/postgres/syntheticRun.ts';
import { transaction } from './database.ts';
import {
  asked,
  claimed,
  counts,
  dataset,
  db,
  due,
  found,
  model,
  store,
  waiting,
  useDatabase,
} from './jobs.fixture.ts';
import { claimRun, failRun, requestReevaluation, whileOwned, type ClaimedJob } from './jobs.ts';
import { registerModel } from './models.ts';
import { saveLook, saveReevaluation } from './results.ts';
import { deleteRun, getRun } from './runs.ts';

useDatabase();

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

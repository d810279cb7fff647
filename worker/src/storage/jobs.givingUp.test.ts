import { describe, expect, test } from 'vitest';
import pg from 'pg';
import { createTestDatabase, somebodyWaits } from '../../../test/postgres/database.ts';
import { abandon } from '../../../test/postgres/abandon.ts';
import { transaction } from './database.ts';
import {
  asked,
  claim,
  claimed,
  counts,
  dataset,
  db,
  due,
  found,
  store,
  waiting,
  useDatabase,
} from './jobs.fixture.ts';
import { giveUpRuns, mostLostWorkers, requestFetch, requestLeftRuns } from './jobs.ts';
import { migrate } from './migrate.ts';
import { getRun } from './runs.ts';

useDatabase();

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

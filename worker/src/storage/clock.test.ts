import { expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { putClockBack } from '../../../test/postgres/putClockBack.ts';
import { claim, claimed, db, dataset, due, found, store, useDatabase, waiting } from './jobs.fixture.ts';
import { claimRun } from './jobs.ts';
import { recordDiscovery, secondsSinceDiscovery } from './runs.ts';

useDatabase();

const lastDiscovery = async () => {
  const { rows } = await db.database.query<{ at: Date | null }>('select reporting.last_discovery() as at');
  return rows[0]?.at ?? null;
};

test('a look for runs that a clock put back since has noted does not count, and is forgotten by the next', async () => {
  await recordDiscovery(db.database, 1, 'completed');
  await putClockBack(db.database, 1);
  expect(await secondsSinceDiscovery(db.database)).toBeNull();
  expect(await lastDiscovery()).toBeNull();
  await recordDiscovery(db.database, 1, 'completed');
  expect(await secondsSinceDiscovery(db.database)).toBeLessThan(60);
  expect(await lastDiscovery()).not.toBeNull();
  const { rows } = await db.database.query('select from finished_job');
  expect(rows).toHaveLength(1);
});

test('a run whose looks are noted at a time that is still to come is due, but for one that is left for good', async () => {
  for (const run of [7, 8, 9]) {
    await store(run);
    await db.database.query(
      `update run set looked_at = now(), look_at = now() + interval '10 minutes' where run = $1`,
      [run],
    );
  }
  await db.database.query('update run set look_at = null where run = 8');
  expect(await due(7, 8, 9)).toEqual([]);
  await putClockBack(db.database, 2);
  expect(await due(8, 9)).toEqual([9, 7]);
});

test('a lease that lasts longer than any is over', async () => {
  await found(5);
  await claimed();
  expect(await claim()).toBeNull();
  await putClockBack(db.database, 1);
  expect(await claim()).toMatchObject({ run: 5 });
  await putClockBack(db.database, 1);
  expect(await claimRun(db.database, { run: 5, dataset }, randomUUID())).toMatchObject({ run: 5 });
  expect(await waiting()).toEqual(['fetch 5']);
});

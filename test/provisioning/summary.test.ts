import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerModel } from '@dtdqm/worker/storage/models';
import { getChamberData } from '@dtdqm/worker/storage/chambers';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { syntheticRun } from '../postgres/syntheticRun.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  for (const name of ['test@1.0.0', 'test@2.0.0']) await registerModel(db.database, { name, hash: 'h' });
  await saveRunResult(db.database, syntheticRun(7));
});
afterAll(() => db.drop());

async function one<Row extends object>(text: string): Promise<Row | undefined> {
  return (await db.database.query(text)).rows[0] as Row | undefined;
}

test('a stored run is summarised: bad layers, kinds and score bins say what the scores say', async () => {
  const counted = await one(`
    select (select count(*)::integer from reporting.bad_layers where run = 7) as bad,
           (select sum(layers)::integer from reporting.score_bins where run = 7) as binned,
           (select chambers from reporting.fault_kinds where run = 7 and kind = 'weak-layer') as weak`);
  const scores = await one(`
    select count(*) filter (where verdict = 'bad')::integer as bad, count(*)::integer as binned from reporting.layer_scores where run = 7`);
  expect(counted).toMatchObject(scores ?? {});
  expect(counted).toMatchObject({ weak: 20 });
  expect(await one('select bad_layers, bad_chambers from reporting.run_summaries where run = 7')).toEqual({
    bad_layers: 20,
    bad_chambers: 20,
  });
});

test('the bad layers carry their score and the kind of the fault', async () => {
  expect(
    await one('select * from reporting.bad_layers where run = 7 and wheel = 0 and station = 1'),
  ).toMatchObject({
    sector: 1,
    layer: 9,
    superlayer: 3,
    score: 0.75,
    kind: 'weak-layer',
  });
});

test('another model’s verdict replaces the summary, and a deleted run takes it along', async () => {
  const healthy = syntheticRun(7, { model: 'test@2.0.0' });
  const chambers = healthy.chambers.map((chamber) =>
    chamber.state === 'present'
      ? {
          ...chamber,
          verdict: {
            ...chamber.verdict,
            verdicts: chamber.verdict.verdicts.map((verdict) => verdict && ('good' as const)),
            faults: [],
          },
        }
      : chamber,
  );
  await saveRunResult(db.database, { ...healthy, chambers });
  expect(await one('select count(*)::integer as bad from reporting.bad_layers')).toEqual({ bad: 0 });
  await db.database.query('delete from run where run = 7');
  expect(await one('select count(*)::integer as rows from run_score_bin')).toEqual({ rows: 0 });
});

test('retention forgets the reasons of old runs and nothing else', async () => {
  await saveRunResult(db.database, syntheticRun(8));
  await saveRunResult(db.database, syntheticRun(9));
  await db.database.query(`update run set fetched_at = now() - interval '200 days' where run = 8`);
  const chamber = { wheel: 0, station: 1, sector: 1 } as const;
  const before = await getChamberData(db.database, 8, chamber);
  const young = await getChamberData(db.database, 9, chamber);
  const bytes = 'select sum(pg_column_size(s.saliency))::float8 as bytes from chamber_score s where run = 8';
  const stored = (await one(bytes)) as { bytes: number };
  expect(await one(`select drop_saliency('180 days') as runs`)).toEqual({ runs: 1 });
  expect(await one(`select drop_saliency('180 days') as runs`)).toEqual({ runs: 0 });
  const after = await getChamberData(db.database, 8, chamber);
  expect(after).toEqual({
    ...before,
    saliency: before?.matrix.map((row) => row.map((hits) => (hits < 0 ? -1 : 0))),
  });
  expect(await getChamberData(db.database, 9, chamber)).toEqual(young);
  expect(((await one(bytes)) as { bytes: number }).bytes).toBeLessThan(stored.bytes / 20);
  expect(await one('select sum(saliency) as saliency from reporting.occupancy where run = 8')).toEqual({
    saliency: 0,
  });
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { labelWriteSchema } from '@dtdqm/contract';
import { forgetSlices } from '../pipeline/forget.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { syntheticMatrix } from '../../../test/postgres/syntheticRun.ts';
import { transaction } from './database.ts';
import { writeLabel } from './labels/journal.ts';
import { undoEvent } from './labels/undo.ts';
import { deleteRun } from './runs.ts';
import { copySlices, makeSlicePartition } from './slices.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(() => db.drop());

const places = [
  { wheel: 0, station: 1, sector: 1 },
  { wheel: 0, station: 4, sector: 14 },
] as const;

/** Stores a run whose looks are an hour apart, so many days ago, with a slice of two chambers for each. */
async function storeRun(run: number, daysAgo: number, looks = 6): Promise<void> {
  const { database } = db;
  await database.query(
    `insert into run (run, dataset, status) values ($1, 'd', 'FINISHED') on conflict do nothing`,
    [run],
  );
  await database.query(
    `insert into run_look (run, look, asked_at, hits, judged, waiting, bad)
     select $1, look, date_trunc('milliseconds', now()) - make_interval(days => $2) + make_interval(hours => look), 1, 2, 0, 0 from generate_series(1, $3) as look`,
    [run, daysAgo, looks],
  );
  const slices = Array.from({ length: looks }, (_, index) =>
    places.map((place) => ({
      ...place,
      look: index + 1,
      fromLook: index,
      matrix: syntheticMatrix(place, 60, index),
      expected: 1.5,
      gap: index === 2 ? 'a tab\tand a \\ and\na line' : null,
      verdicts: Array.from({ length: 12 }, () => 'good' as const),
      faults: [],
    })),
  ).flat();
  await transaction(database, (client) => copySlices(client, run, slices));
}

async function change(run: number, fromLook: number, toLook: number): Promise<void> {
  await db.database.query(
    `insert into run_change (run, wheel, station, sector, kind, layers, from_at, to_at, told_at, ratio, ratio_low, ratio_high)
     select $1, 0, 1, 1, 'trip', '{9}', f.asked_at, t.asked_at, t.asked_at, 0, 0, 0
     from run_look f, run_look t where (f.run, f.look, t.run, t.look) = ($1, $2, $1, $3)`,
    [run, fromLook, toLook],
  );
}

async function kept(): Promise<string[]> {
  const { rows } = await db.database.query<{ line: string }>(
    `select format('%s %s/%s %s', tableoid::regclass, run, look, station) as line from chamber_slice order by run, station, look`,
  );
  return rows.map(({ line }) => line);
}

const partitions = async () => {
  const { rows } = await db.database.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'chamber_slice'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
};

test('old slices are forgotten by partition, and those during a change stay, with one before and one after', async () => {
  await makeSlicePartition(db.database, 1005);
  await makeSlicePartition(db.database, 2005);
  expect(await partitions()).toEqual(['chamber_slice_1000', 'chamber_slice_2000', 'chamber_slice_default']);
  await storeRun(1005, 200);
  await storeRun(1006, 199);
  await change(1005, 3, 4);
  await storeRun(2005, 95);
  await storeRun(2006, 10);
  const all = await kept();
  expect(all.filter((line) => line.startsWith('chamber_slice_1000'))).toHaveLength(24);
  expect(await forgetSlices(db.database, 90)).toBeGreaterThan(0);
  expect(await partitions()).toEqual(['chamber_slice_2000', 'chamber_slice_default']);
  const left = await kept();
  expect(left.filter((line) => line.includes(' 100'))).toEqual(
    [2, 3, 4, 5, 6].map((look) => `chamber_slice_default 1005/${look} 1`),
  );
  // One run of its partition is younger: it waits for that.
  expect(left.filter((line) => line.includes(' 200'))).toHaveLength(24);
  expect(await forgetSlices(db.database, 90)).toBe(0);
  expect(await kept()).toEqual(left);
});

test('slices of a span that somebody labelled stay with the label, and go when it is taken back', async () => {
  await makeSlicePartition(db.database, 3005);
  await storeRun(3005, 200);
  const { rows } = await db.database.query<{ from: Date; to: Date }>(
    `select f.asked_at as from, t.asked_at as to from run_look f, run_look t where (f.run, f.look, t.run, t.look) = (3005, 3, 3005, 4)`,
  );
  const moment = (at: Date) => ({ at: at.toISOString(), lumisection: null });
  const label = labelWriteSchema.parse({
    ...{ run: 3005, wheel: 0, station: 1, sector: 1 },
    span: { from: moment(rows[0]!.from), to: moment(rows[0]!.to) },
    verdicts: Array.from({ length: 12 }, (_, row) => (row === 8 ? 'bad' : null)),
    idempotencyKey: 'label-of-a-span',
  });
  const { id } = await writeLabel(db.database, 'ana', label);
  await forgetSlices(db.database, 90);
  expect((await kept()).filter((line) => line.includes(' 3005'))).toEqual(
    [2, 3, 4, 5, 6].map((look) => `chamber_slice_default 3005/${look} 1`),
  );
  await undoEvent(db.database, 'ana', { event: id, idempotencyKey: 'undo-of-the-span' });
  await forgetSlices(db.database, 90);
  expect((await kept()).filter((line) => line.includes(' 3005'))).toEqual([]);
});

test('looks are forgotten with their slices; those of kept changes and of runs whose slices wait stay', async () => {
  await makeSlicePartition(db.database, 1005);
  await makeSlicePartition(db.database, 2005);
  await storeRun(1005, 200, 12);
  await change(1005, 3, 4);
  await storeRun(1006, 199);
  await storeRun(2005, 95);
  await storeRun(2006, 10);
  await storeRun(3000, 91, 3);
  const looks = async () =>
    (
      await db.database.query<{ line: string }>(
        `select format('%s: %s', run, string_agg(look::text, ' ' order by look)) as line from run_look group by run order by run`,
      )
    ).rows.map(({ line }) => line);
  await forgetSlices(db.database, 90);
  const left = ['1005: 1 2 3 4 5 6', '2005: 1 2 3 4 5 6', '2006: 1 2 3 4 5 6'];
  expect(await looks()).toEqual(left);
  expect(await forgetSlices(db.database, 90)).toBe(0);
  // What is left of the change still says when it was.
  const { rows } = await db.database.query(
    'select count(*)::integer as slices from reporting.slices where run = 1005 and layer = 9 and from_at < at',
  );
  expect(rows).toEqual([{ slices: 5 }]);
  expect(await looks()).toEqual(left);
});

test('what has no partition of its own is taken all the same, and forgotten run by run', async () => {
  const last = 2_147_483_647;
  await makeSlicePartition(db.database, last);
  await storeRun(last, 200);
  await storeRun(500, 200);
  // Its rows are in the default one already.
  await makeSlicePartition(db.database, 501);
  await storeRun(501, 1);
  expect(await partitions()).toEqual(['chamber_slice_default']);
  await change(500, 1, 1);
  await forgetSlices(db.database, 90);
  expect((await kept()).filter((line) => !line.includes(' 501'))).toEqual(
    [1, 2, 3].map((look) => `chamber_slice_default 500/${look} 1`),
  );
  expect(await kept()).toHaveLength(15);
});

test('slices go with their run, and two workers make one partition', async () => {
  await Promise.all(Array.from({ length: 4 }, () => makeSlicePartition(db.database, 380_021)));
  expect(await partitions()).toEqual(['chamber_slice_380000', 'chamber_slice_default']);
  await storeRun(380_021, 1);
  await storeRun(380_022, 1);
  const { rows } = await db.database.query('select gap from chamber_slice where gap is not null limit 1');
  expect(rows).toEqual([{ gap: 'a tab\tand a \\ and\na line' }]);
  await deleteRun(db.database, 380_021);
  expect(await kept()).toHaveLength(12);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChambers, labelWriteSchema, type LabelVerdict, type Lease } from '@dtdqm/contract';
import { seededRandom } from '@dtdqm/contract/random';
import { nextChambers } from '@dtdqm/worker/learning/queue/next';
import { createProgressReader } from '@dtdqm/worker/learning/queue/progress';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { labelledChambers } from '@dtdqm/worker/storage/labels/read';
import { leaseChamber, releaseLabelLease } from '@dtdqm/worker/storage/queue/leases';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { verdictsOf } from './labelled.ts';

/** One layer a chamber is judged, which is as much as a share of layers needs. */
interface Place {
  run: number;
  wheel: number;
  station: number;
  sector: number;
}
const nameOf = ({ run, wheel, station, sector }: Place) => [run, wheel, station, sector].join('/');
const model = 'audit@1.0.0';

/** Runs with some chambers each, of which the model calls those in `flagged` bad in layer 1 and all others good. */
async function fill(
  { database }: TestDatabase,
  runs: number,
  chambersEach: number,
  { isBad, isFlagged }: Record<'isBad' | 'isFlagged', (random: () => number, bad: boolean) => boolean>,
): Promise<Map<string, boolean>> {
  const random = seededRandom(11);
  const places = Array.from({ length: runs }, (_, run) =>
    allChambers.slice(0, chambersEach).map((chamber) => {
      const bad = isBad(random, false);
      return { run: run + 1, ...chamber, bad, flagged: isFlagged(random, bad), key: random() };
    }),
  ).flat();
  await database.query('insert into model (name, hash) values ($1, $1)', [model]);
  await database.query(
    `insert into run (run, dataset, status, life, chambers, bad_layers, model, fetched_at)
     select run, 'd', 'FINISHED', 'final', $2, 0, $3, now() from generate_series(1, $1) as run`,
    [runs, chambersEach, model],
  );
  await database.query(
    `create table place as select * from json_to_recordset($1)
       as p(run integer, wheel smallint, station smallint, sector smallint, bad boolean, flagged boolean, key real)`,
    [JSON.stringify(places)],
  );
  await database.query(
    `insert into chamber (run, wheel, station, sector, state, width, total_hits, hits)
     select run, wheel, station, sector, 'present', 1, 120, array_fill(10, array[12]) from place`,
  );
  await database.query(
    `insert into chamber_score (run, wheel, station, sector, model, scores, verdicts, saliency_scale, saliency)
     select run, wheel, station, sector, $1, array_fill(0.5::real, array[12]),
            array_prepend(case when flagged then 'bad' else 'good' end::verdict, array_fill('good'::verdict, array[11])), 0, '{}'
     from place`,
    [model],
  );
  await database.query(
    `insert into queue (run, wheel, station, sector, certainty, twin, focus, score, priority, features, random_key)
     select run, wheel, station, sector, 0, concat_ws('/', run, wheel, station, sector), 1, 0.5, bad::integer, '{}', key from place`,
  );
  await database.query('drop table place');
  return new Map(places.map((place) => [nameOf(place), place.bad]));
}

/** Labels what is drawn, as the truth has it, in layer 1 alone. */
async function answer(it_: TestDatabase, truth: ReadonlyMap<string, boolean>, leases: readonly Lease[]) {
  for (const { run, wheel, station, sector, lease } of leases) {
    const said: LabelVerdict = truth.get(nameOf({ run, wheel, station, sector })) === true ? 'bad' : 'good';
    const request = labelWriteSchema.parse({
      ...{ run, wheel, station, sector, blind: true, idempotencyKey: lease.id },
      verdicts: [said, ...Array.from({ length: 11 }, () => null)],
    });
    await writeLabel(it_.database, 'ana', request);
  }
}

describe('the share of bad layers, while a strategy takes all bad chambers that it can get', () => {
  let it_: TestDatabase;
  beforeAll(async () => (it_ = await createTestDatabase()));
  afterAll(() => it_.drop());

  it('is the truth, of many runs with a draw or two each', async () => {
    const truth = await fill(it_, 400, 5, {
      isBad: (random) => random() < 0.2,
      isFlagged: (_, bad) => bad,
    });
    const share = [...truth.values()].filter(Boolean).length / truth.size;
    const random = seededRandom(5);
    for (let batch = 0; batch < 70; batch += 1) {
      const asks = { expert: 'ana', strategy: 'k-center', count: 10, auditShare: 0.4, random } as const;
      await answer(it_, truth, await nextChambers(it_.database, asks));
    }
    const { audit } = await createProgressReader(it_.database)('k-center', 'ana');
    expect(audit!.chambers).toBeGreaterThan(200);
    expect(audit!.badShare / share).toBeGreaterThan(0.85);
    expect(audit!.badShare / share).toBeLessThan(1.15);
  });
});

describe('random draws', () => {
  let it_: TestDatabase;
  let truth: Map<string, boolean>;
  const reader = () => createProgressReader(it_.database)('k-center', 'ana');
  const draw = (options: Partial<Parameters<typeof nextChambers>[1]> = {}) =>
    nextChambers(it_.database, { expert: 'ana', strategy: 'k-center', random: () => 0, ...options });

  beforeAll(async () => {
    it_ = await createTestDatabase();
    // Half of the bad are missed, one good in ten is called bad.
    truth = await fill(it_, 20, 50, {
      isBad: (random) => random() < 0.3,
      isFlagged: (random, bad) => random() < (bad ? 0.5 : 0.1),
    });
  });
  afterAll(() => it_.drop());

  it('tell nothing of the error of the model while there are too few, and say for which model', async () => {
    expect((await reader()).error).toEqual({
      ...{ model, chambers: 0, badChambers: 0 },
      ...{ falseAlarms: null, missed: null },
    });
    await answer(it_, truth, await draw({ count: 4 }));
    expect((await reader()).error).toMatchObject({ chambers: 4, falseAlarms: null, missed: null });
  });

  it('are of chambers that no strategy takes, until all others are answered', async () => {
    const taken = await draw({ count: 10, random: () => 1, run: 7 });
    const { rows } = await it_.database.query<{ key: number }>(
      'select random_key as key from queue where lease_id = any($1)',
      [taken.map(({ lease }) => lease.id)],
    );
    expect(Math.min(...rows.map(({ key }) => key))).toBeGreaterThan(0.1);
    const all = [...taken];
    for (let more = taken; more.length > 0; all.push(...more))
      more = await draw({ count: 10, random: () => 1, run: 7 });
    expect(new Set(all.map(nameOf)).size).toBe(50);
    await Promise.all(all.map(({ lease }) => releaseLabelLease(it_.database, 'ana', lease.id)));
    await it_.database.query('update queue set audit = false where run = 7');
  });

  it('of one run end nothing: what a strategy took of other runs is no part of the sample', async () => {
    const before = (await reader()).audit!.chambers;
    await answer(it_, truth, await draw({ count: 10, random: () => 1, run: 9 }));
    await answer(it_, truth, await draw({ count: 1, run: 10 }));
    expect((await reader()).audit!.chambers).toBe(before + 1);
  });

  it('tell the false alarms and the missed layers of the model in use, with the number of chambers', async () => {
    while ((await reader()).error!.chambers < 100) await answer(it_, truth, await draw({ count: 10 }));
    const { error } = await reader();
    expect(error).toMatchObject({ model, chambers: expect.any(Number) as number });
    expect(error!.falseAlarms!.chambers + error!.missed!.chambers).toBe(error!.chambers);
    expect(error!.missed!.chambers).toBe(error!.badChambers);
    expect(error!.falseAlarms!.low).toBeLessThan(0.1);
    expect(error!.falseAlarms!.high).toBeGreaterThan(0.1);
    expect(error!.missed!.low).toBeLessThan(0.5);
    expect(error!.missed!.high).toBeGreaterThan(0.5);
  });

  it('say nothing of a model by what it has not judged, or by answers that followed scores', async () => {
    const { chambers } = (await reader()).error!;
    const [open] = await draw();
    const { run, wheel, station, sector, lease } = open!;
    const request = { run, wheel, station, sector, verdicts: verdictsOf(open!.station as 1) };
    await writeLabel(it_.database, 'ana', labelWriteSchema.parse({ ...request, idempotencyKey: lease.id }));
    expect((await reader()).error!.chambers).toBe(chambers);
    await it_.database.query(`insert into model (name, hash) values ('other@1.0.0', 'o')`);
    await it_.database.query(
      `insert into model_act (actor, act, model, reason) values ('ana', 'promoted', 'other@1.0.0', '')`,
    );
    const progress = createProgressReader(it_.database);
    expect((await progress('k-center', 'ana')).error).toMatchObject({ model: 'other@1.0.0', chambers: 0 });
  });

  it('teach no model', async () => {
    const learned = await labelledChambers(it_.database, 10_000);
    const { rows } = await it_.database.query<Place>(
      `select run, wheel, station, sector from queue where audit and state = 'labelled'`,
    );
    const audited = new Set(rows.map(nameOf));
    expect(learned.length).toBeGreaterThan(5);
    expect(learned.filter(({ run, chamber }) => audited.has(nameOf({ run, ...chamber })))).toEqual([]);
  });

  it('are leased again by name as what they were', async () => {
    const [drawn] = await draw();
    await releaseLabelLease(it_.database, 'ana', drawn!.lease.id);
    const { run, wheel, station, sector } = drawn as unknown as Parameters<typeof leaseChamber>[2];
    const lease = await leaseChamber(it_.database, 'ana', { run, wheel, station, sector });
    const { rows } = await it_.database.query('select audit from queue where lease_id = $1', [lease!.id]);
    expect(rows).toEqual([{ audit: true }]);
  });
});

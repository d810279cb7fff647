import { allChambers, chamberLabel, freshMinutes, incidentStates, standingOfState } from '@dtdqm/contract';
import { detectorState, listChamberSummaries } from '@dtdqm/worker/storage/state';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { ageless, one, scenarios, Stage } from './scenarios.ts';

describe.each(scenarios)('$name', ({ prepare, headline, says, chamber }) => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
    await prepare(new Stage(db.database));
  }, 60_000);
  afterAll(() => db.drop());

  test('is said by the view of the detector', async () => {
    const state = await detectorState(db.database);
    expect(ageless(state.headline)).toBe(headline);
    expect(state).toMatchObject(says);
    // What is not quiet says why, by a fault or a doubt.
    expect(state.quiet).toBe(state.new + state.unconfirmed + state.doubts.length === 0);
    expect(state.failed + state.absent + state.dead + state.bad + state.unknown + state.good).toBe(250);
  });

  test('is said by the view of the chambers', async () => {
    if (!chamber) return;
    const { run } = await detectorState(db.database);
    const summaries = await listChamberSummaries(db.database, run ?? 0);
    const found = summaries.find(
      (each) => each.wheel === one.wheel && each.station === one.station && each.sector === one.sector,
    );
    expect(found).toMatchObject(chamber);
  });
});

describe('the database says the words of the contract', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(() => db.drop());

  test('for the name of each chamber', async () => {
    const { rows } = await db.database.query<{ name: string }>(
      `select reporting.chamber_name(wheel, station, sector) as name
       from unnest($1::integer[], $2::integer[], $3::integer[]) with ordinality as c(wheel, station, sector, n) order by n`,
      [
        allChambers.map(({ wheel }) => wheel),
        allChambers.map(({ station }) => station),
        allChambers.map(({ sector }) => sector),
      ],
    );
    expect(rows.map(({ name }) => name)).toEqual(allChambers.map(chamberLabel));
  });

  test('for the standing of each state of an incident', async () => {
    const { rows } = await db.database.query<{ state: string; standing: string }>(
      'select state, standing_of(state) as standing from unnest($1::text[]) as state',
      [incidentStates],
    );
    expect(Object.fromEntries(rows.map(({ state, standing }) => [state, standing]))).toEqual(standingOfState);
  });

  test('for how long a display is fresh', async () => {
    const { rows } = await db.database.query<{ source: string }>(
      `select prosrc as source from pg_proc where proname = 'detector_state'`,
    );
    const said = [...(rows[0]?.source ?? '').matchAll(/interval '(\d+) minutes'/g)].map(([, minutes]) =>
      Number(minutes),
    );
    expect(said).toEqual(expect.arrayContaining(Object.values(freshMinutes)));
  });
});

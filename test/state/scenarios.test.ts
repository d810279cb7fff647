import { allChambers, chamberLabel, freshMinutes, incidentStates, standingOfState } from '@dtdqm/contract';
import { noSuchRun } from '@dtdqm/worker/pipeline/runLife';
import { detectorState } from '@dtdqm/worker/storage/state';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../api/api.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { connectAsReader } from '../provisioning/reader.ts';
import { ageless, one, scenarios, Stage } from './scenarios.ts';
import { chambersOnSurfaces, headlinesOnSurfaces } from './surfaces.ts';

/** A process each, which takes seconds: what they print is the morning report, which every scenario reads. */
const printed = ['nothing stored yet', 'fault seen once', 'disconnected'];

describe.each(scenarios)('$name', ({ name, prepare, headline, says, chamber }) => {
  let api: TestApi;
  let reader: pg.Client;
  beforeAll(async () => {
    api = await startTestApi();
    reader = await connectAsReader(api.databaseUrl);
    await prepare(new Stage(api.database));
  }, 60_000);
  afterAll(async () => {
    await reader.end();
    await api.close();
  });

  test('is the state of the detector', async () => {
    const state = await detectorState(api.database);
    expect(state).toMatchObject(says);
    // What is not quiet says why, by a fault or a doubt.
    expect(state.quiet).toBe(state.new + state.unconfirmed + state.doubts.length === 0);
    expect(state.failed + state.absent + state.dead + state.bad + state.unknown + state.good).toBe(250);
  });

  const surfaces = Object.keys(headlinesOnSurfaces);
  test.each(surfaces.filter((surface) => surface !== 'dtdqm report' || printed.includes(name)))(
    'has the same headline in %s',
    async (surface) => {
      const said = await headlinesOnSurfaces[surface]?.({ api, reader });
      expect(ageless(said ?? '')).toBe(headline);
    },
  );

  test.each(Object.keys(chambersOnSurfaces))('has the same chambers in %s', async (surface) => {
    const state = await detectorState(api.database);
    if (state.run === null) return;
    const chambers = (await chambersOnSurfaces[surface]?.({ api, reader }, state.run)) ?? [];
    const count = (condition: string) => chambers.filter((each) => each.condition === condition).length;
    for (const condition of ['failed', 'absent', 'dead', 'bad', 'unknown', 'good'] as const)
      expect([condition, count(condition)]).toEqual([condition, state[condition]]);
    const found = chambers.find(
      ({ wheel, station, sector }) => wheel === one.wheel && station === one.station && sector === one.sector,
    );
    if (chamber) expect(found).toMatchObject(chamber);
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

  test('for a run that there is not', async () => {
    const { rows } = await db.database.query<{ view: string; source: string }>(
      `select proname as view, prosrc as source from pg_proc where proname = 'detector_state'
       union all select viewname, definition from pg_views where viewname = 'failed_runs'`,
    );
    expect(rows.filter(({ source }) => source.includes(noSuchRun))).toHaveLength(2);
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

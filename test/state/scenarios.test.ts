import {
  allChambers,
  chamberLabel,
  freshMinutes,
  incidentStates,
  isSameChamber,
  standingOfState,
  standings,
  tones,
  type ChamberId,
} from '@dtdqm/contract';
import { noSuchRun } from '@dtdqm/worker/pipeline/runLife';
import { detectorState } from '@dtdqm/worker/storage/state';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allStatements } from '../../provisioning/src/statements.ts';
import { startTestApi } from '../api/api.ts';
import { openBrowser, openPage } from '../e2e/browser.ts';
import { openGateway, type Gateway } from '../e2e/gateway.ts';
import { sharedWorkbench } from '../e2e/sharedBuilds.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { firingRules } from '../provisioning/firing.ts';
import { connectAsReader } from '../provisioning/reader.ts';
import { ageless, nameOfOne, one, scenarios, Stage } from './scenarios.ts';
import {
  chambersOnSurfaces,
  faultsInWorkbench,
  faultsStanding,
  drawnInWorkbench,
  headlinesOnSurfaces,
  panelsOfState,
  runStartInWorkbench,
  shown,
  toneOfWorkbench,
  type Place,
} from './surfaces.ts';

/** A process each, which takes seconds: what they print is the morning report, which every scenario reads. */
const printed = ['nothing stored yet', 'fault seen once', 'disconnected'];
const conditions = ['failed', 'absent', 'dead', 'bad', 'unknown', 'good'] as const;

let browser: Browser;
let workbench: string;
beforeAll(async () => {
  [browser, workbench] = await Promise.all([openBrowser(), sharedWorkbench()]);
});
afterAll(() => browser.close());

describe.each(scenarios)('$name', ({ name, prepare, headline, says, chamber, alerts }) => {
  let place: Place;
  let gateway: Gateway;
  beforeAll(async () => {
    const api = await startTestApi();
    await prepare(new Stage(api.database));
    gateway = await openGateway(workbench, api.url);
    const { page } = await openPage(browser);
    place = { api, page, reader: await connectAsReader(api.databaseUrl) };
    await page.goto(gateway.url);
    await page
      .getByText(/judged/i)
      .first()
      .waitFor();
  });
  afterAll(async () => {
    await place.page.context().close();
    await gateway.close();
    await place.reader.end();
    await place.api.close();
  });

  test('is the state of the detector', async () => {
    const state = await detectorState(place.api.database);
    expect(state).toMatchObject(says);
    // What is not quiet says why, by a fault or a doubt.
    const isLoud = state.new + state.unconfirmed > 0;
    expect(state.quiet).toBe(!isLoud && state.doubts.length === 0);
    expect(state.tone).toBe(isLoud ? 'loud' : state.quiet ? 'quiet' : 'doubt');
    expect(conditions.reduce((sum, condition) => sum + state[condition], 0)).toBe(250);
  });

  const surfaces = Object.keys(headlinesOnSurfaces);
  test.each(surfaces.filter((surface) => surface !== 'dtdqm report' || printed.includes(name)))(
    'has the same headline in %s',
    async (surface) => {
      expect(ageless((await headlinesOnSurfaces[surface]?.(place)) ?? '')).toBe(headline);
    },
  );

  test.each(Object.keys(chambersOnSurfaces))('has the same chambers in %s', async (surface) => {
    const state = await detectorState(place.api.database);
    if (state.run === null) return;
    const chambers = (await chambersOnSurfaces[surface]?.(place, state.run)) ?? [];
    for (const condition of conditions) {
      const count = chambers.filter((each) => each.condition === condition).length;
      expect([condition, count]).toEqual([condition, state[condition]]);
    }
    if (chamber)
      expect(chambers.find((each) => isSameChamber(each as ChamberId, one))).toMatchObject(chamber);
  });

  test('is drawn in the workbench in these words', async () => {
    if (!chamber) return;
    const said = await drawnInWorkbench(place, one);
    expect(said).toMatch(new RegExp(`^${nameOfOne.replace('+', '\\+')}: .*${chamber.condition}`));
    for (const standing of standings)
      expect([standing, said.includes(standing)]).toEqual([standing, chamber.standing === standing]);
  });

  test('has the colour and the figures of the same state on the wall', async () => {
    const { tone, doubts, ...state } = await detectorState(place.api.database);
    const [line] = await shown(place, 'DT overview / The detector / A');
    expect(line?.['tone']).toBe(tones.indexOf(tone));
    const nothing = /^every chamber is judged, the data are fresh and real$/;
    for (const dashboard of ['DT overview', 'DT morning report']) {
      const [row] = await shown(place, `${dashboard} / What is not known / A`);
      expect(nothing.test(String(row?.['doubts']))).toBe(doubts.length === 0);
    }
    expect((await shown(place, 'DT overview / In figures / A'))[0]).toMatchObject({
      New: state.new,
      Unconfirmed: state.unconfirmed,
      Answered: state.acknowledged + state.shelved,
      'Bad chambers': state.bad,
      'Dead chambers': state.dead,
      'Not judged': 250 - state.judged,
    });
  });

  test('has the same tone and the same faults in the workbench', async () => {
    const { tone } = await detectorState(place.api.database);
    expect(await toneOfWorkbench(place)).toBe(tone);
    const faults = await faultsStanding(place);
    expect((await faultsInWorkbench(place, faults.length)).sort()).toEqual(faults.sort());
  });

  test('has the same run start, known or not, in view and workbench, and never that of storing', async () => {
    const { run, startedAt } = await detectorState(place.api.database);
    const { rows } = await place.reader.query<{ at: Date | null }>(
      'select started_at as at from reporting.runs where run = $1',
      [run],
    );
    expect(rows[0]?.at?.toISOString() ?? null).toBe(startedAt);
    expect(await runStartInWorkbench(place)).toBe(run === null ? null : (startedAt ?? 'not known'));
  });

  test('is told by these alert rules and no others', async () => {
    expect(await firingRules(place.reader)).toEqual(alerts);
  });
});

test('every panel that reads the state of the detector is in the table', async () => {
  const reading = (await allStatements()).filter(({ sql }) => sql.includes('detector_state'));
  expect(reading.map(({ where }) => where)).toEqual(Object.keys(panelsOfState));
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
    const { look, ...ofDisplays } = freshMinutes;
    expect(said).toEqual(expect.arrayContaining(Object.values(ofDisplays)));
    const overdue = await db.database.query<{ definition: string }>(
      `select definition from pg_views where viewname = 'overdue_looks'`,
    );
    expect(overdue.rows[0]?.definition).toContain(`'00:0${look}:00'::interval`);
  });
});

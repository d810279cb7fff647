import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allStatements, expand } from '../../provisioning/src/statements.ts';
import { firingRules } from './firing.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { ageless, nameOfOne, scenarios, Stage } from '../state/scenarios.ts';

const statements = await allStatements();
const now = new Date();
const range = { from: new Date(now.getTime() - 6 * 3_600_000), to: now };

type Row = Record<string, unknown>;

/** Colour of the wall: 0 has none, 1 is a doubt, 2 a fault that nobody has answered. */
const toneOf = ({ quiet, faults }: { quiet: unknown; faults: number }) => (quiet ? 0 : faults > 0 ? 2 : 1);

/** Rules that tell of each scenario; what is known to be well moves none. */
const told: Record<string, readonly string[]> = {
  'nothing stored yet': ['dtdqm-stale-critical', 'dtdqm-stale-warning'],
  healthy: [],
  'newest run without histograms': ['dtdqm-fewer-chambers'],
  'run that the source does not list': [],
  'dead as a whole': ['dtdqm-incident-critical'],
  'too few hits in the whole run': ['dtdqm-fewer-chambers'],
  'half a wheel absent': [],
  'chamber that could not be fetched, and one with too few hits': [],
  'fault seen once': [],
  'fault confirmed, answered by nobody for four runs': ['dtdqm-incident'],
  'fault not in the newest run': ['dtdqm-incident'],
  acknowledged: ['dtdqm-incident-answered'],
  'acknowledged, and another layer of the chamber seen bad once': ['dtdqm-incident-answered'],
  shelved: ['dtdqm-incident-answered'],
  healed: ['dtdqm-incident-healed'],
  stale: ['dtdqm-stale-warning'],
  disconnected: ['dtdqm-worker-silent'],
  simulated: [],
  replayed: [],
  'stored before it was noted where hits come from': [],
  'growing run': [],
};

describe.each(scenarios)('$name: the wall and the rules', ({ name, prepare, headline, says, chamber }) => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
    await prepare(new Stage(db.database));
  }, 60_000);
  afterAll(() => db.drop());

  /** What a panel gets, of the overview and of its frame A unless others are named. */
  async function shown(panel: string, frame = 'A', dashboard = 'DT overview'): Promise<Row[]> {
    const found = statements.find(({ where }) => where === `${dashboard} / ${panel} / ${frame}`);
    if (found === undefined) throw new Error(`no panel ${panel}`);
    const sql = expand(found.sql, { range, intervalSeconds: 60, variables: { run: '0', last: '100' } });
    return (await db.database.query<Row>(sql)).rows;
  }

  test.each(['DT overview', 'DT morning report'])(
    '%s says the headline, in its colour',
    async (dashboard) => {
      const [row] = await shown('The detector', 'A', dashboard);
      expect(ageless(String(row?.['metric']))).toBe(headline);
      expect(row?.['tone']).toBe(
        toneOf({ quiet: says.quiet, faults: (says.new ?? 0) + (says.unconfirmed ?? 0) }),
      );
    },
  );

  test('says what is not known, unless a fault says it all', async () => {
    const [row] = await shown('What is not known');
    const hasFault = (says.new ?? 0) + (says.unconfirmed ?? 0) > 0;
    if (says.quiet) expect(row?.['doubts']).toMatch(/^nothing: /);
    else if (!hasFault) expect(row?.['doubts']).not.toMatch(/^nothing/);
  });

  test('shows the figures of the same state', async () => {
    const [row] = await shown('In figures');
    const expected: Row = {};
    if (says.new !== undefined) expected['New'] = says.new;
    if (says.bad !== undefined) expected['Bad chambers'] = says.bad;
    if (says.dead !== undefined) expected['Dead chambers'] = says.dead;
    if (says.judged !== undefined) expected['Not judged'] = 250 - says.judged;
    expect(row).toMatchObject(expected);
  });

  test('is told by these rules and no others', async () => {
    expect(await firingRules(db.database)).toEqual(told[name]);
  });

  test('gives the barrel its chambers', async () => {
    if (!chamber) return;
    const rows = await shown('Barrel', 'chambers');
    expect(rows).toHaveLength(250);
    expect(rows.find((row) => row['chamber'] === nameOfOne)).toMatchObject({
      condition: chamber.condition,
      standing: chamber.standing,
      in_run: chamber.inRun,
    });
  });
});

import { allChambers, layersOf, incidentKinds, kindInWords, type Station } from '@dtdqm/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placeInWords } from '../../plugin/src/panels/incidents/model.ts';
import { livenessOf } from '../../plugin/src/strip/moments.ts';
import { changeInWords } from '../../plugin/src/strip/words.ts';
import { allStatements } from '../../provisioning/src/statements.ts';
import { Stage } from '../state/scenarios.ts';
import { insertInside } from './inside.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const stations = [...new Set(allChambers.map(({ station }) => station))] as Station[];
const wires = [null, { first: 7, last: 7 }, { first: 10, last: 20 }];

test.each(stations)('mails and panels say a fault of MB%i in the same words', async (station) => {
  const whole = layersOf(station);
  const choices = [whole, whole.slice(0, 4), whole.slice(1, 2), [1, 3, 4], [4, 9, 10, 12], whole.slice(1)];
  for (const kind of incidentKinds)
    for (const layers of choices)
      for (const span of wires) {
        const { rows } = await db.database.query<{ said: string }>(
          'select reporting.fault_in_words($1, $2, $3::smallint[]::integer[], $4, $5) as said',
          [kind, station, layers, span?.first ?? null, span?.last ?? null],
        );
        const fault = { kind, station, layers, wires: span } as Parameters<typeof placeInWords>[0];
        expect(rows[0]?.said).toBe(`${kindInWords(kind)}, ${placeInWords(fault)}`);
      }
});

test.each([
  [62, 5],
  [400, 5],
  [400, 400],
])(
  'the wall says of a run looked at %d s ago, and asked for %d s ago, what the workbench says',
  async (behind, asked) => {
    const own = await createTestDatabase();
    try {
      const at = (seconds: number) => new Date(Date.now() - 1000 * seconds).toISOString();
      await new Stage(own.database).run(380021, { growing: true });
      await insertInside(own.database, 380021, behind);
      await own.database.query('update run set looked_at = $1', [at(asked)]);
      const found = (await allStatements()).find(
        ({ where }) => where === 'DT overview / Run in progress / A',
      );
      const { rows } = await own.database.query<{ metric: string; stopped: number }>(found?.sql ?? '');
      const said = livenessOf(
        { live: true, latest: { at: at(behind), lumisection: null } },
        at(asked),
        Date.now(),
      );
      expect(rows).toMatchObject([
        { metric: `run 380021, ${said.words}`, stopped: said.tone === 'stopped' ? 1 : 0 },
      ]);
    } finally {
      await own.drop();
    }
  },
);

test('dashboards and panels say a change inside a run in the same words', async () => {
  const own = await createTestDatabase();
  try {
    await new Stage(own.database).run(380021, { growing: true });
    await insertInside(own.database, 380021);
    const found = (await allStatements()).find(
      ({ where }) => where === 'DT overview / What changed in the run in progress / A',
    );
    const { rows } = await own.database.query<{ change: string }>(found?.sql ?? '');
    const moment = { at: new Date().toISOString(), lumisection: null };
    const said = changeInWords({
      ...{ run: 380021, wheel: -2, station: 1, sector: 1, kind: 'trip', layers: [8], wires: null },
      ...{
        happened: { from: null, to: moment },
        told: moment,
        ratio: 0.01,
        ratioRange: { low: 0, high: 0.03 },
      },
    });
    // The time stands in a column of its own there.
    expect(rows.map(({ change }) => change)).toEqual([said.replace(/, until [\d:]+/, '')]);
  } finally {
    await own.drop();
  }
});

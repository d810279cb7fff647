import { allChambers, layersOf, type Station } from '@dtdqm/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kindInWords, placeInWords } from '../../plugin/src/panels/incidents/model.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const stations = [...new Set(allChambers.map(({ station }) => station))] as Station[];
const wires = [null, { first: 7, last: 7 }, { first: 10, last: 20 }];
const kinds = ['dead-layer', 'unnamed'];

test.each(stations)('mails and panels say a fault of MB%i in the same words', async (station) => {
  const whole = layersOf(station);
  const choices = [whole, whole.slice(0, 4), whole.slice(1, 2), [1, 3, 4], [4, 9, 10, 12], whole.slice(1)];
  for (const kind of kinds)
    for (const layers of choices)
      for (const span of wires) {
        const { rows } = await db.database.query<{ said: string }>(
          'select reporting.fault_in_words($1, $2, $3::smallint[]::integer[], $4, $5) as said',
          [kind, station, layers, span?.first ?? null, span?.last ?? null],
        );
        const fault = { kind, station, layers, wires: span } as Parameters<typeof placeInWords>[0];
        expect(rows[0]?.said).toBe(
          `${kindInWords({ kind } as Parameters<typeof kindInWords>[0])}, ${placeInWords(fault)}`,
        );
      }
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatChamber } from '@dtdqm/contract';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { syntheticChamber, syntheticMatrix, syntheticRun } from '../../../test/postgres/syntheticRun.ts';
import { goodHistory } from './history.ts';
import { registerModel } from './models.ts';
import { saveRunResult } from './results.ts';

const good = { wheel: 0, station: 2, sector: 3 } as const;
const alwaysBad = { ...good, sector: 1 };

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await registerModel(db.database, { name: 'test@1.0.0', hash: 'h' });
  for (let run = 1; run <= 70; run++) {
    const chambers = [good, alwaysBad].map((chamber) => syntheticChamber(chamber, run));
    await saveRunResult(db.database, syntheticRun(run, { chambers }));
  }
});
afterAll(() => db.drop());

test('the past reaches far back, so that it does not sink with what sinks slowly', async () => {
  const history = await goodHistory(db.database, 71);
  const past = history.get(formatChamber(good))!;
  expect(past.map(({ run }) => run)).toEqual([70, 39, 23, 7]);
  expect(past[1]!.matrix).toEqual(syntheticMatrix(good, 60, 39));
  expect(history.has(formatChamber(alwaysBad))).toBe(false);
});

test('of a young installation it is what there is, newest first', async () => {
  const runsBefore = async (run: number) =>
    ((await goodHistory(db.database, run)).get(formatChamber(good)) ?? []).map((past) => past.run);
  expect(await runsBefore(1)).toEqual([]);
  expect(await runsBefore(3)).toEqual([2, 1]);
  expect(await runsBefore(6)).toEqual([5, 4, 3, 2]);
});

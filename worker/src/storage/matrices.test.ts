import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allChambers, noScore, type Matrix } from '@dtdqm/contract';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { syntheticRun } from '../../../test/postgres/syntheticRun.ts';
import { getChamberData } from './chambers.ts';
import { registerModel } from './models.ts';
import { matricesOf } from './reevaluation.ts';
import { saveRunResult } from './results.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await registerModel(db.database, { name: 'test@1.0.0', hash: 'h' });
});
afterAll(() => db.drop());

const matrixArbitrary: fc.Arbitrary<Matrix> = fc.integer({ min: 1, max: 200 }).chain((width) => {
  const hits = fc.oneof(fc.constant(-1), fc.constant(0), fc.nat({ max: 300 }), fc.nat({ max: 2 ** 31 - 1 }));
  return fc.array(fc.array(hits, { minLength: width, maxLength: width }), { minLength: 12, maxLength: 12 });
});

test('any matrix comes back cell by cell, and a later fetch replaces it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(matrixArbitrary, { minLength: 1, maxLength: 5 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
      async (matrices, scores) => {
        const chambers = matrices.map((matrix, index) => ({
          ...(allChambers[index * 50] ?? { wheel: 0 as const, station: 1 as const, sector: 1 }),
          state: 'present' as const,
          matrix,
          verdict: {
            scores: scores.map((score, layer) => (layer === 5 ? noScore : score)),
            verdicts: scores.map(() => 'unknown' as const),
            faults: [],
            saliency: matrix.map((row) => row.map((hits) => (hits < 0 ? -1 : 0))),
          },
        }));
        await saveRunResult(db.database, syntheticRun(1, { chambers }));
        for (const { matrix, verdict, ...id } of chambers) {
          const data = await getChamberData(db.database, 1, id);
          expect(data?.matrix).toEqual(matrix);
          expect(data?.saliency).toEqual(verdict.saliency);
          expect(data?.scores.map(Math.fround)).toEqual(verdict.scores.map(Math.fround));
        }
        const stored = await matricesOf(db.database, 1);
        expect(stored.slice(0, chambers.length).map(({ matrix }) => matrix)).toEqual(matrices);
      },
    ),
    { numRuns: 20 },
  );
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allChambers, formatChamber, noScore, type Matrix } from '@dtdqm/contract';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { syntheticChamber, syntheticMatrix, syntheticRun } from '../../../test/postgres/syntheticRun.ts';
import { arrayLiteral, dequantise, getChamberData, matricesOf, quantise, unflatten } from './chambers.ts';
import { registerModel } from './models.ts';
import { countPastRuns, goodHistory, nextJudgedEarly } from './past.ts';
import { saveRunResult } from './results.ts';

const width = fc.integer({ min: 1, max: 40 });
const rowsOf = <T>(cell: fc.Arbitrary<T>) =>
  width.chain((n) =>
    fc.array(fc.array(cell, { minLength: n, maxLength: n }), { minLength: 12, maxLength: 12 }),
  );

test('unflatten undoes flattening', () => {
  fc.assert(
    fc.property(rowsOf(fc.integer({ min: -1, max: 1e6 })), (rows) => {
      expect(unflatten(rows.flat())).toEqual(rows);
    }),
  );
});

test('an attribution comes back within 1/65,000 of the greatest, and -1 where there is no wire', () => {
  const cells = rowsOf(
    fc.record({
      hits: fc.integer({ min: -1, max: 3 }),
      saliency: fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    }),
  );
  fc.assert(
    fc.property(cells, (rows) => {
      const matrix = rows.map((row) => row.map(({ hits }) => hits));
      const saliency = rows.map((row) => row.map(({ hits, saliency }) => (hits === -1 ? -1 : saliency)));
      const back = dequantise(quantise(saliency, matrix), matrix).flat();
      const real = saliency.flat().filter((_, index) => matrix.flat()[index] !== -1);
      const tolerance = Math.max(0, ...real.map(Math.abs)) / 65_000 + 1e-30;
      saliency.flat().forEach((value, index) => {
        expect(Math.abs((back[index] ?? NaN) - value)).toBeLessThanOrEqual(tolerance);
      });
    }),
  );
});

test('arrays are written as PostgreSQL reads them', () => {
  expect(arrayLiteral([1, -1, 0.5])).toBe('{1,-1,0.5}');
  expect(arrayLiteral(['good', null])).toBe('{good,NULL}');
});

describe('stored matrices', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
    await registerModel(db.database, { name: 'test@1.0.0', hash: 'h' });
  });
  afterAll(() => db.drop());

  const matrixArbitrary: fc.Arbitrary<Matrix> = fc.integer({ min: 1, max: 200 }).chain((width) => {
    const hits = fc.oneof(
      fc.constant(-1),
      fc.constant(0),
      fc.nat({ max: 300 }),
      fc.nat({ max: 2 ** 31 - 1 }),
    );
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
});

describe('good past of chambers', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
    await registerModel(db.database, { name: 'test@1.0.0', hash: 'h' });
  });
  afterAll(() => db.drop());
  const good = { wheel: 0, station: 2, sector: 3 } as const;
  const alwaysBad = { ...good, sector: 1 };

  beforeAll(async () => {
    for (let run = 1; run <= 70; run++) {
      const chambers = [good, alwaysBad].map((chamber) => syntheticChamber(chamber, run));
      await saveRunResult(db.database, syntheticRun(run, { chambers }));
    }
  });

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

  test('a chamber with a layer that could not be judged is no good past', async () => {
    const unjudged = { ...good, sector: 5 } as const;
    for (const run of [101, 102, 103]) {
      const chamber = syntheticChamber(unjudged, run);
      if (chamber.state !== 'present') throw new Error('unreachable');
      const verdicts = chamber.verdict.verdicts.map((verdict, row) =>
        run !== 102 && row === 3 ? ('unknown' as const) : verdict,
      );
      await saveRunResult(
        db.database,
        syntheticRun(run, { chambers: [{ ...chamber, verdict: { ...chamber.verdict, verdicts } }] }),
      );
    }
    const past = (await goodHistory(db.database, 104)).get(formatChamber(unjudged));
    expect(past?.map(({ run }) => run)).toEqual([102]);
  });

  test.each(['hot-layer', 'noisy-region'] as const)(
    'a chamber with a %s is no good past, though its layers are good: without that it would look weak',
    async (kind) => {
      const hot = { ...good, sector: kind === 'hot-layer' ? 8 : 9 } as const;
      for (const run of [301, 302]) {
        const chamber = syntheticChamber(hot, run);
        if (chamber.state !== 'present') throw new Error('unreachable');
        const fault = { kind: run === 302 ? kind : 'noisy-cell', layers: [5], wires: { first: 3, last: 20 }, confidence: 0.9 } as const; // prettier-ignore
        const verdict = { ...chamber.verdict, faults: [{ ...fault, layers: [5] }] };
        await saveRunResult(db.database, syntheticRun(run, { chambers: [{ ...chamber, verdict }] }));
      }
      const past = (await goodHistory(db.database, 303)).get(formatChamber(hot));
      expect(past?.map(({ run }) => run)).toEqual([301]);
    },
  );

  test('a run is compared with runs of its own dataset: cosmic muons light a chamber differently', async () => {
    const chamber = { ...good, sector: 10 } as const;
    const datasets = ['A', 'B', 'B', 'A', 'A'].map((name) => `Global/Online/${name}`);
    for (const [index, dataset] of datasets.entries()) {
      const chambers = [syntheticChamber(chamber, 401 + index)];
      await saveRunResult(db.database, syntheticRun(401 + index, { dataset, chambers }));
    }
    const past = async (run: number) =>
      ((await goodHistory(db.database, run)).get(formatChamber(chamber)) ?? []).map((matrix) => matrix.run);
    expect(await past(405)).toEqual([404, 401]);
    expect(await past(403)).toEqual([402]);
    expect(await countPastRuns(db.database, 405)).toBe(2);
    expect(await countPastRuns(db.database, 402)).toBe(0);
    // The third of its dataset was judged with nothing, the first cannot have more than that.
    await db.database.query('update run set past_runs = 0 where run between 401 and 403');
    expect(await nextJudgedEarly(db.database)).toBe(403);
    await db.database.query('update run set past_runs = 1 where run = 403');
    expect(await nextJudgedEarly(db.database)).toBeNull();
  });

  test('runs that failed, and scores of models that are no longer in use, are no past', async () => {
    const chamber = { ...good, sector: 7 } as const;
    await registerModel(db.database, { name: 'test@2.0.0', hash: 'h' });
    for (const run of [201, 202, 203]) {
      const error = run === 202 ? 'one chamber failed' : null;
      await saveRunResult(
        db.database,
        syntheticRun(run, { error, chambers: [syntheticChamber(chamber, run)] }),
      );
    }
    await db.database.query(`update run set model = 'test@2.0.0' where run = 203`);
    const past = (await goodHistory(db.database, 204)).get(formatChamber(chamber));
    expect(past?.map(({ run }) => run)).toEqual([201]);
  });
});

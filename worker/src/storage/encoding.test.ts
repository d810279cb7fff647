import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrayLiteral, dequantise, flatten, quantise, unflatten } from './encoding.ts';

const width = fc.integer({ min: 1, max: 40 });
const rowsOf = <T>(cell: fc.Arbitrary<T>) =>
  width.chain((n) =>
    fc.array(fc.array(cell, { minLength: n, maxLength: n }), { minLength: 12, maxLength: 12 }),
  );

test('unflatten undoes flatten', () => {
  fc.assert(
    fc.property(rowsOf(fc.integer({ min: -1, max: 1e6 })), (rows) => {
      expect(unflatten(flatten(rows))).toEqual(rows);
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
      const back = flatten(dequantise(quantise(saliency, matrix), matrix));
      const real = flatten(saliency).filter((_, index) => flatten(matrix)[index] !== -1);
      const tolerance = Math.max(0, ...real.map(Math.abs)) / 65_000 + 1e-30;
      flatten(saliency).forEach((value, index) => {
        expect(Math.abs((back[index] ?? NaN) - value)).toBeLessThanOrEqual(tolerance);
      });
    }),
  );
});

test('arrays are written as PostgreSQL reads them', () => {
  expect(arrayLiteral([1, -1, 0.5])).toBe('{1,-1,0.5}');
  expect(arrayLiteral(['good', null])).toBe('{good,NULL}');
});

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { noWire, type Matrix } from '@dtdqm/contract';
import { hitsOf } from './look.ts';
import { between } from './lumisections.ts';
import { difference, goesOn, sumOfBoth } from './snapshots.ts';

const matrixOf = (cells: readonly number[]): Matrix =>
  Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: 3 }, (_, x) => (row > 7 ? noWire : cells[(row * 3 + x) % cells.length]!)),
  );
const cells = fc.array(fc.nat(9), { minLength: 4, maxLength: 9 });
const zero = matrixOf([0]);
const sum = (parts: readonly Matrix[]) => parts.reduce(sumOfBoth, zero);
const span = (from: number, to: number) => ({ from: { lumisection: from }, to: { lumisection: to } });

/** Plots of the lumisections after 10. */
const plotted = (parts: readonly Matrix[], missing: readonly number[] = []) => {
  return (lumisection: number) => (missing.includes(lumisection) ? undefined : parts[lumisection - 11]);
};

describe('what a chamber would have shown between two looks', () => {
  it('is what it counted until then, whatever plots are missing, where it is told at all', () => {
    fc.assert(
      fc.property(
        fc.array(cells, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 11, max: 22 }), { maxLength: 4 }),
        cells,
        (counted, missing, earlier) => {
          const parts = counted.map(matrixOf);
          const before = matrixOf(earlier);
          const now = sumOfBoth(before, sum(parts));
          const { snapshots, disagrees } = between(
            before,
            now,
            span(10, 10 + parts.length),
            plotted(parts, missing),
          );
          expect(disagrees).toBe(false);
          for (const [lumisection, matrix] of snapshots)
            expect(matrix).toEqual(sumOfBoth(before, sum(parts.slice(0, lumisection - 10))));
          const gone = missing.filter((each) => each <= 10 + parts.length).sort((a, b) => a - b);
          const told = Array.from({ length: parts.length - 1 }, (_, index) => 11 + index).filter(
            (each) => gone.length === 0 || each < gone[0]! || each >= gone.at(-1)!,
          );
          expect([...snapshots.keys()].sort((a, b) => a - b)).toEqual(told);
        },
      ),
    );
  });

  it('begins with nothing where the run does', () => {
    const parts = [matrixOf([1, 2]), matrixOf([3, 0]), matrixOf([5])];
    const { snapshots } = between(null, sum(parts), span(10, 13), plotted(parts));
    expect(snapshots).toEqual(
      new Map([
        [11, parts[0]],
        [12, sum(parts.slice(0, 2))],
      ]),
    );
  });

  it('goes on to the end where the counts fell: then the plots are all there is', () => {
    const parts = [matrixOf([1, 2]), matrixOf([3, 0]), matrixOf([5])];
    const before = matrixOf([100]);
    const { snapshots, disagrees } = between(before, matrixOf([4]), span(10, 13), plotted(parts));
    expect(snapshots.get(13)).toEqual(sumOfBoth(before, sum(parts)));
    expect(disagrees).toBe(false);
  });

  it('is never beyond what is shown now: a look may be a lumisection behind what the run had reached', () => {
    const parts = [1, 2, 3, 4].map((hits) => matrixOf([hits, 1]));
    const now = sumOfBoth(matrixOf([7]), sum(parts.slice(0, 3)));
    const { snapshots, disagrees } = between(matrixOf([7]), now, span(10, 14), plotted(parts));
    expect(disagrees).toBe(false);
    for (const matrix of snapshots.values()) expect(goesOn(matrix, now)).toBe(true);
  });

  test.each([
    ['hold far more', (parts: Matrix[]) => parts.map((part) => sumOfBoth(part, part))],
    ['hold far less', (parts: Matrix[]) => parts.map((part, index) => (index < 5 ? zero : part))],
    [
      'are of another chamber',
      (parts: Matrix[]) => parts.map((part) => [...part.slice(0, 8)].reverse().concat(part.slice(8))),
    ],
  ])('is not taken from plots that %s: that is said', (_, spoil) => {
    const parts = Array.from({ length: 8 }, (_, index) => matrixOf([index, 3, 9, 0, 1]));
    const { snapshots, disagrees } = between(zero, sum(parts), span(10, 18), plotted(spoil(parts)));
    expect(disagrees).toBe(true);
    expect(snapshots.size).toBe(0);
    expect(hitsOf(difference(sum(parts), zero))).toBeGreaterThan(0);
  });
});

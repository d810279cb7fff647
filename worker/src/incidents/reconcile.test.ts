import { expect, it } from 'vitest';
import { reconcile, type Identity } from './reconcile.ts';

const incident = (id: number, firstRun: number, lastRun: number, first = 10): Identity => ({
  id,
  chamber: 'W0_St1_Sec1',
  spans: [{ layer: 9, first, last: first + 10 }],
  firstRun,
  lastRun,
});

it('gives incidents back the numbers that they had, and new ones to the rest', () => {
  let next = 20;
  const numbers = reconcile(
    [incident(-1, 3, 9), incident(-2, 12, 14), incident(-3, 3, 9, 40)],
    [incident(7, 4, 9), incident(8, 4, 9, 41)],
    () => next++,
  );
  expect([...numbers].sort()).toEqual([
    [-1, 7],
    [-2, 20],
    [-3, 8],
  ]);
});

it('gives a number to one only', () => {
  let next = 20;
  const numbers = reconcile([incident(-1, 1, 4), incident(-2, 6, 9)], [incident(7, 1, 9)], () => next++);
  expect(new Set(numbers.values())).toEqual(new Set([7, 20]));
});

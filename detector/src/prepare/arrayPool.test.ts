import { expect, test } from 'vitest';
import { withArraysReturned, withPooledArrays, withOwnArrays, zeros } from './arrayPool.ts';

test('work after work is given the same arrays, full of zeros', () => {
  const first = withPooledArrays(() => [zeros(5).fill(7), zeros(5), zeros(3)]);
  const second = withPooledArrays(() => [zeros(5), zeros(3), zeros(5)]);
  expect(new Set(second)).toEqual(new Set(first));
  expect(second.map((array) => [...array])).toEqual([
    [0, 0, 0, 0, 0],
    [0, 0, 0],
    [0, 0, 0, 0, 0],
  ]);
});

test('also after work that failed', () => {
  let lent: Float64Array | undefined;
  expect(() =>
    withPooledArrays(() => {
      lent = zeros(6);
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(withPooledArrays(() => zeros(6))).toBe(lent);
});

test('what is made outside, or apart, is not lent to anybody', () => {
  const own = zeros(7).fill(1);
  const apart = withPooledArrays(() => withOwnArrays(() => zeros(7).fill(2)));
  withPooledArrays(() => [zeros(7), zeros(7), zeros(7)]);
  expect([own[0], apart[0]]).toEqual([1, 2]);
});

test('a part of the work gives back what it was lent, and nothing that was lent before', () => {
  withPooledArrays(() => {
    const before = zeros(8).fill(3);
    const inside = withArraysReturned(() => [zeros(8).fill(4), zeros(9)]);
    expect([zeros(8), zeros(9)]).toEqual([new Float64Array(8), new Float64Array(9)]);
    expect([...inside[0]!]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...before]).toEqual([3, 3, 3, 3, 3, 3, 3, 3]);
  });
});

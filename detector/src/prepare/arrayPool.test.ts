import { expect, test } from 'vitest';
import { onLentRoom, onOwnRoom, roomFor } from './arrayPool.ts';

test('work after work is given the same arrays, full of zeros', () => {
  const first = onLentRoom(() => [roomFor(5).fill(7), roomFor(5), roomFor(3)]);
  const second = onLentRoom(() => [roomFor(5), roomFor(3), roomFor(5)]);
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
    onLentRoom(() => {
      lent = roomFor(6);
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(onLentRoom(() => roomFor(6))).toBe(lent);
});

test('what is made outside, or apart, is not lent to anybody', () => {
  const own = roomFor(7).fill(1);
  const apart = onLentRoom(() => onOwnRoom(() => roomFor(7).fill(2)));
  onLentRoom(() => [roomFor(7), roomFor(7), roomFor(7)]);
  expect([own[0], apart[0]]).toEqual([1, 2]);
});

import { expect, test } from 'vitest';
import { noWire } from '@dtdqm/contract';
import { countsOf, layoutOf, pack, unpack, wiresOfRows } from './counts.ts';

const last = [0, 126, 127, 128, 16_383, 16_384, 2_097_152, 5_000_000_000];
const matrix = Array.from({ length: 12 }, (_, y) =>
  y >= 4 && y < 8 ? [noWire, noWire, noWire] : [y % 4 === 3 ? noWire : y, 127 + y, last[y % 8]!],
);
const layout = layoutOf(wiresOfRows(matrix));
const counts = countsOf(matrix, layout);
// Written by the first version that watched runs, with two fifths of a hit more in the right half of layer 2, which were rounded up.
const then = 'AH8B_wECgAKCAYABCIcBCYYCCogCigGAAQOCBP0CG6IE_QI';

test('what was stored of a chamber before is read, and what is stored today has the same bytes', () => {
  const filledIn = layout.used[3]!;
  expect(unpack(then, layout)).toEqual(counts.with(filledIn, counts[filledIn]! + 1));
  expect(pack(counts.with(filledIn, counts[filledIn]! + 0.4), layout.used, 7)).toBe(then);
});

test('what is damaged, or of another layout, is refused and not taken for no hits', () => {
  expect(() => unpack(then.slice(0, -4), layout)).toThrow(RangeError);
  expect(() => unpack(`${then}AAAA`, layout)).toThrow(RangeError);
});

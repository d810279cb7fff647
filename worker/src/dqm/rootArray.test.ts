import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootArray } from './rootArray.ts';

/** Packs as ROOT does: runs of equal values counted, zeros left out. */
function pack(cells: readonly number[]): object {
  const packed: Record<string, unknown> = { $arr: 'Float32', len: cells.length };
  let runs = 0;
  for (let start = 0; start < cells.length;) {
    let end = start;
    while (end < cells.length && cells[end] === cells[start]) end += 1;
    if (cells[start] !== 0) {
      const suffix = runs === 0 ? '' : String(runs);
      packed[`p${suffix}`] = start;
      packed[`v${suffix}`] = cells[start];
      if (end - start > 1) packed[`n${suffix}`] = end - start;
      runs += 1;
    }
    start = end;
  }
  return packed;
}

describe('rootArray', () => {
  it('unpacks what was packed', () => {
    const cells = fc.array(fc.constantFrom(0, 0, 0, -1, 7, 1e6), { maxLength: 80 });
    fc.assert(
      fc.property(cells, (values) => {
        expect(rootArray(pack(values))).toEqual(values);
      }),
    );
  });

  it('continues after the run before when no position is given, and takes lists of values', () => {
    expect(rootArray({ $arr: 'Float32', len: 7, p: 1, v: [1, 2], v1: 5, n1: 2 })).toEqual([
      0, 1, 2, 5, 5, 0, 0,
    ]);
  });

  it.each([
    ['text', 'cells'],
    ['an object of another kind', { len: 3 }],
    ['a length beyond reason', { $arr: 'Float32', len: 1e9, v: 1, n: 1e9 }],
    ['a negative position', { $arr: 'Float32', len: 3, p: -1, v: 1 }],
    ['parts that overlap', { $arr: 'Float32', len: 3, p: 0, v: 1, n: 3, p1: 0, v1: 1, n1: 3 }],
    ['more cells than the length', { $arr: 'Float32', len: 3, p: 2, v: [1, 2] }],
  ])('refuses %s', (_, value) => {
    expect(rootArray(value)).toBeUndefined();
  });
});

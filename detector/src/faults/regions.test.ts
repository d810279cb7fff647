import { describe, expect, it } from 'vitest';
import { findRegion, groupRegions, ratioOf, type NumberedRegion, type Region } from './regions.ts';

const flat = (wires: number, hits: number) => new Float64Array(wires).fill(hits);

/** A layer of 48 wires that expects 100 hits each, with other counts from `first` to `last`. */
function found(first: number, last: number, hits: number, dispersion = 1): Region {
  const layer = flat(48, 100);
  layer.fill(hits, first, last + 1);
  return findRegion(5, layer, flat(48, 100), dispersion);
}

describe('the region that a layer lacks', () => {
  it.each([
    [10, 20, 0],
    [0, 23, 0],
    [24, 47, 0],
    [30, 30, 0],
    [12, 27, 40],
    [0, 47, 70],
  ])('is cells %i to %i at %i hits', (first, last, hits) => {
    const width = last - first + 1;
    const region = { row: 5, first, last, wires: 48, found: width * hits, expected: width * 100 };
    expect(found(first, last, hits)).toMatchObject(region);
  });

  it('is the whole layer where an end inside would gain less than its freedom costs', () => {
    const hits = flat(48, 60);
    hits[47] = 66;
    expect(findRegion(0, hits, flat(48, 100), 1)).toMatchObject({ first: 0, last: 47 });
    hits[47] = 140;
    expect(findRegion(0, hits, flat(48, 100), 1)).toMatchObject({ first: 0, last: 46 });
    hits.reverse();
    expect(findRegion(0, hits, flat(48, 100), 1)).toMatchObject({ first: 1, last: 47 });
    hits[0] = 85;
    expect(findRegion(0, hits, flat(48, 100), 1)).toMatchObject({ first: 0, last: 47 });
  });

  it('is never where more is counted than expected', () => {
    const hits = flat(48, 100);
    hits.fill(150, 10, 21);
    expect(findRegion(0, hits, flat(48, 100), 1)).toMatchObject({ first: 0, last: 47 });
    hits.fill(80, 30, 40);
    expect(findRegion(0, hits, flat(48, 100), 1)).toMatchObject({ first: 30, last: 39 });
  });

  it('counts less where healthy counts scatter more', () => {
    const hits = flat(48, 60);
    hits.fill(100, 46);
    expect(findRegion(0, hits, flat(48, 100), 1)).toMatchObject({ last: 45 });
    expect(findRegion(0, hits, flat(48, 100), 40)).toMatchObject({ last: 47 });
  });

  it('holds a spike inside at twice what is expected and a few hits', () => {
    const hits = flat(48, 0);
    hits[20] = 1_000_000;
    const region = findRegion(0, hits, flat(48, 100), 1);
    expect(region).toMatchObject({ first: 0, last: 47, found: 204, expected: 4800 });
  });

  it('is at ratio 0 of nothing expected', () => {
    expect(ratioOf({ found: 5, expected: 0 })).toBe(0);
    expect(ratioOf({ found: 1, expected: 4 })).toBe(0.25);
  });
});

describe('groups of regions', () => {
  const region = (row: number, first: number, last: number, level = 0): NumberedRegion => {
    const expected = 100 * (last - first + 1);
    const numbers = { first: first + 1, last: last + 1 };
    return { row, first, last, wires: 48, found: level * expected, expected, gain: 0, numbers };
  };
  const groupsOf = (...regions: NumberedRegion[]) =>
    groupRegions(regions).map((group) => group.map(({ row }) => row));

  it('hold what several layers of one superlayer lack at one place', () => {
    expect(groupsOf(region(0, 10, 13), region(1, 10, 13), region(3, 11, 14))).toEqual([[0, 1, 3]]);
  });

  it('keep superlayers apart', () => {
    expect(groupsOf(region(3, 10, 13), region(4, 10, 13))).toEqual([[3], [4]]);
    expect(groupsOf(region(4, 10, 13), region(7, 10, 13))).toEqual([[4, 7]]);
  });

  it('keep a dead and a weak region at one place apart, from a quarter of what is expected between them', () => {
    expect(groupsOf(region(0, 0, 47, 0), region(1, 0, 47, 0.6))).toEqual([[0], [1]]);
    expect(groupsOf(region(0, 0, 47, 0), region(1, 0, 47, 0.25))).toEqual([[0], [1]]);
    expect(groupsOf(region(0, 0, 47, 0), region(1, 0, 47, 0.24))).toEqual([[0, 1]]);
    expect(groupsOf(region(0, 0, 47, 0.6), region(1, 0, 47, 0.3))).toEqual([[0], [1]]);
  });

  it('allow two cells at either end, however short the regions are', () => {
    expect(groupsOf(region(0, 10, 12), region(1, 12, 14))).toEqual([[0, 1]]);
    expect(groupsOf(region(0, 10, 12), region(1, 13, 14))).toEqual([[0], [1]]);
    expect(groupsOf(region(0, 10, 12), region(1, 12, 15))).toEqual([[0], [1]]);
  });

  it('need three fifths of both together in common otherwise', () => {
    expect(groupsOf(region(0, 0, 9), region(1, 0, 5))).toEqual([[0, 1]]);
    expect(groupsOf(region(0, 0, 9), region(1, 0, 4))).toEqual([[0], [1]]);
    expect(groupsOf(region(0, 20, 29), region(1, 20, 25))).toEqual([[0, 1]]);
    expect(groupsOf(region(0, 0, 15), region(1, 4, 19))).toEqual([[0, 1]]);
    expect(groupsOf(region(0, 0, 15), region(1, 5, 20))).toEqual([[0], [1]]);
  });
});

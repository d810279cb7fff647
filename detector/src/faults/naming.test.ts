import { describe, expect, it } from 'vitest';
import { nameGroup } from './naming.ts';
import type { NumberedRegion } from './regions.ts';

/** Regions of a layer of 48 wires that expects 100 hits a wire, cells from 0. */
const regions = (layers: number, first: number, last: number, ratio: number, wires = 48): NumberedRegion[] =>
  Array.from({ length: layers }, (_, row) => {
    const expected = 100 * (last - first + 1);
    const numbers = { first: first + 1, last: last + 1 };
    return { row, first, last, wires, found: ratio * expected, expected, gain: 0, numbers };
  });
const numbered = (region: NumberedRegion, first: number, last: number) => ({
  ...region,
  numbers: { first, last },
});
const kindOf = (...args: Parameters<typeof regions>) => nameGroup(regions(...args), 1, 1).kind;

describe('the kind of a group of regions', () => {
  it.each([
    // Boards: three or four layers, 3 to 6 cells, at a quarter at most.
    ['front-end-board', 4, 10, 13, 0],
    ['front-end-board', 3, 10, 13, 0],
    ['dead-region', 2, 10, 13, 0],
    ['front-end-board', 4, 10, 12, 0],
    ['weak-region', 4, 10, 11, 0],
    ['front-end-board', 4, 10, 15, 0],
    ['dead-region', 4, 10, 16, 0],
    ['front-end-board', 4, 10, 13, 0.25],
    ['weak-board', 4, 10, 13, 0.26],
    ['weak-board', 3, 10, 17, 0.9],
    ['weak-region', 3, 10, 18, 0.5],
    ['weak-region', 2, 10, 13, 0.5],
    // Layers: 85 % of the wires (41 of 48), dead at a tenth at most.
    ['dead-layer', 1, 0, 47, 0],
    ['dead-layer', 4, 0, 47, 0.1],
    ['weak-layer', 1, 0, 47, 0.11],
    ['weak-superlayer', 4, 0, 47, 0.11],
    ['weak-superlayer', 3, 0, 47, 0.95],
    ['weak-layer', 2, 0, 47, 0.5],
    // The outermost wires, two to six of them.
    ['edge-dead', 1, 0, 2, 0],
    ['edge-dead', 1, 45, 47, 0.1],
    ['edge-dead', 2, 42, 47, 0],
    ['dead-region', 1, 41, 47, 0],
    ['dead-region', 1, 1, 4, 0],
    ['weak-layer', 1, 0, 47, 0.95],
    ['weak-region', 1, 0, 47, 0.96],
    ['dead-layer', 1, 3, 43, 0],
    ['dead-region', 1, 3, 42, 0],
    ['weak-layer', 1, 3, 43, 0.5],
    ['weak-region', 1, 3, 42, 0.5],
    // Halves: one end of the layer to its middle, three cells more or less, at 0.15 at most.
    ['dead-half', 1, 0, 23, 0],
    ['dead-half', 1, 1, 23, 0],
    ['dead-region', 1, 2, 23, 0],
    ['dead-half', 1, 0, 20, 0],
    ['dead-region', 1, 0, 19, 0],
    ['dead-half', 1, 0, 26, 0],
    ['dead-region', 1, 0, 27, 0],
    ['dead-half', 1, 24, 47, 0],
    ['dead-half', 1, 24, 46, 0],
    ['dead-region', 1, 24, 45, 0],
    ['dead-half', 1, 21, 47, 0],
    ['dead-region', 1, 20, 47, 0],
    ['dead-half', 1, 27, 47, 0],
    ['dead-region', 1, 28, 47, 0],
    ['dead-half', 1, 0, 23, 0.15],
    ['dead-region', 1, 0, 23, 0.16],
    // Regions: from three cells, dead at a quarter at most.
    ['dead-region', 1, 10, 12, 0],
    ['weak-region', 1, 10, 11, 0],
    ['dead-region', 1, 10, 20, 0.25],
    ['weak-region', 1, 10, 20, 0.26],
  ] as const)('is %s in %i layers, cells %i to %i, at %d', (kind, layers, first, last, ratio) => {
    expect(kindOf(layers, first, last, ratio)).toBe(kind);
  });
});

describe('what is said of a group', () => {
  it('counts layers from 1 and names wires by their numbers, by the median of the layers', () => {
    const [a, b, c] = regions(3, 10, 13, 0);
    const fault = nameGroup([numbered(a!, 10, 13), b!, numbered(c!, 11, 16)], 1, 1);
    expect(fault).toMatchObject({ layers: [1, 2, 3], wires: { first: 11, last: 14 } });
    // Whichever layer lies where.
    const turned = nameGroup([numbered(a!, 12, 16), numbered(b!, 10, 13), c!], 1, 1);
    expect(turned.wires).toEqual({ first: 11, last: 14 });
  });

  it('takes the lower of two middles', () => {
    const [a, b] = regions(2, 10, 20, 0);
    expect(nameGroup([a!, numbered(b!, 13, 22)], 1, 1).wires).toEqual({ first: 11, last: 21 });
  });

  it('adds up hits of all layers, and undoes the thinning of long runs in words', () => {
    const fault = nameGroup(regions(2, 0, 47, 0.3), 1, 0.5);
    expect(fault.ratio).toBe(0.3);
    expect(fault.note).toBe(
      '5760 hits where 19200 were expected; usual cause: lowered high voltage, as the shape is normal and the level is not',
    );
  });

  it('says within what the ratio lies: the fewer hits, and the more they scatter, the less surely', () => {
    const rangeAt = (hits: number, dispersion?: number) => {
      const [region] = regions(1, 10, 13, 0.5);
      const group = [{ ...region!, found: hits / 2, expected: hits }];
      return nameGroup(group, 1, 1, dispersion).ratioRange!;
    };
    // 200 of 400 hits, counted to 7 %, where 400 were counted to 5 %; layers differ by 3 %.
    expect(rangeAt(400).low).toBeCloseTo(0.5 - 1.96 * 0.5 * Math.hypot(0.071, 0.05, 0.03), 2);
    expect(rangeAt(400).high).toBeCloseTo(0.5 + 1.96 * 0.5 * Math.hypot(0.071, 0.05, 0.03), 2);
    expect(rangeAt(1e7).high).toBeCloseTo(0.529, 2);
    expect(rangeAt(400, 3).high).toBeGreaterThan(rangeAt(400).high);
    expect(rangeAt(1).low).toBe(0);
    expect(nameGroup(regions(1, 10, 13, 0), 1, 1).ratioRange).toEqual({
      low: 0,
      high: expect.closeTo(0.005, 3) as number,
    });
  });

  it('is as sure as the network, where the hits cannot lack by chance', () => {
    expect(nameGroup(regions(1, 0, 47, 0), 0.9, 1).confidence).toBe(0.9);
    expect(nameGroup(regions(1, 0, 47, 1), 0.9, 1).confidence).toBe(0);
    expect(nameGroup(regions(1, 0, 47, 1.2), 0.9, 1).confidence).toBe(0);
    // 8 of 8 hits lack, 2.67 standard deviations: 1 - exp(-1.33).
    const few = { ...regions(1, 0, 3, 0)[0]!, expected: 8 };
    expect(nameGroup([few], 1, 1).confidence).toBe(0.736);
  });
});

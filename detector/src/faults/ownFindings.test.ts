import { describe, expect, it } from 'vitest';
import { singleCellFaults } from './ownFindings.ts';

/** Columns of a layer of 48 wires that begins at wire 1. */
const columns = Int16Array.from({ length: 48 }, (_, column) => column);
const flat = (hits: number) => new Float64Array(48).fill(hits);

/** Faults of layer 3, which expects `level` hits a wire, with these counts from a cell on. */
function faultsOf(level: number, first: number, counts: readonly number[], dispersion = 1) {
  const hits = flat(level);
  hits.set(counts, first);
  return singleCellFaults(2, columns, hits, flat(level), dispersion);
}

describe('dead cells', () => {
  it.each([1, 2, 3])('are listed in a run of %i, with wires from 1', (cells) => {
    const [fault, ...others] = faultsOf(100, 10, new Array<number>(cells).fill(0));
    expect(others).toEqual([]);
    expect(fault).toEqual({
      kind: 'dead-cells',
      layers: [3],
      wires: { first: 11, last: 10 + cells },
      confidence: 1,
      ratio: 0,
    });
  });

  it('are a region from four on', () => {
    expect(faultsOf(100, 10, [0, 0, 0, 0])).toEqual([]);
  });

  it('are seen at both ends of the layer, and again after another run', () => {
    const wires = (first: number, counts: number[]) => faultsOf(100, first, counts).map((one) => one.wires);
    expect(wires(0, [0])).toEqual([{ first: 1, last: 1 }]);
    expect(wires(47, [0])).toEqual([{ first: 48, last: 48 }]);
    expect(wires(20, [0, 100, 0, 0])).toEqual([
      { first: 21, last: 21 },
      { first: 23, last: 24 },
    ]);
  });

  it('count 3 % of what is expected at most', () => {
    expect(faultsOf(100, 10, [3])).toHaveLength(1);
    expect(faultsOf(100, 10, [4])).toEqual([]);
  });

  it('must lack more than ten nats, over the dispersion', () => {
    expect(faultsOf(10, 10, [0])).toEqual([]);
    expect(faultsOf(11, 10, [0])).toMatchObject([{ confidence: 0.889 }]);
    expect(faultsOf(11, 10, [0], 1.1)).toEqual([]);
    expect(faultsOf(22, 10, [0], 2)).toMatchObject([{ confidence: 0.889 }]);
    expect(faultsOf(6, 10, [0, 0])).toMatchObject([{ wires: { first: 11, last: 12 }, confidence: 0.909 }]);
  });

  it('are none where nothing is expected', () => {
    expect(singleCellFaults(0, columns, flat(0), flat(0), 1)).toEqual([]);
    // Nor do such cells make a region of those beside them.
    const [hits, expected] = [flat(100), flat(100)];
    for (const cells of [hits, expected]) cells.fill(0, 0, 5);
    hits[5] = 0;
    expect(singleCellFaults(0, columns, hits, expected, 1)).toMatchObject([{ wires: { first: 6, last: 6 } }]);
  });
});

describe('noisy cells', () => {
  it('are listed one by one, with what they count over what is expected', () => {
    expect(faultsOf(100, 10, [500, 100, 333.33])).toEqual([
      { kind: 'noisy-cell', layers: [3], wires: { first: 11, last: 11 }, confidence: 1, ratio: 5 },
      { kind: 'noisy-cell', layers: [3], wires: { first: 13, last: 13 }, confidence: 1, ratio: 3.33 },
    ]);
  });

  it('count twice what is expected and four hits at least', () => {
    expect(faultsOf(100, 10, [203])).toEqual([]);
    expect(faultsOf(100, 10, [204])).toHaveLength(1);
  });

  it('stand six standard deviations above it', () => {
    // sqrt(1 + 1) = 1.414 at 1 hit expected: 9.5 hits.
    expect(faultsOf(1, 10, [9.4])).toEqual([]);
    expect(faultsOf(1, 10, [9.6])).toMatchObject([{ confidence: 0.912 }]);
    expect(faultsOf(1, 10, [9.6], 2)).toEqual([]);
    // Three at 8 hits expected: from 26 on.
    expect(faultsOf(8, 10, [25])).toEqual([]);
    expect(faultsOf(8, 10, [26])).toHaveLength(1);
  });

  it('have no ratio where nothing is expected', () => {
    const [fault] = faultsOf(0, 10, [7]);
    expect(fault).toMatchObject({ kind: 'noisy-cell', wires: { first: 11, last: 11 } });
    expect(fault).not.toHaveProperty('ratio');
  });
});

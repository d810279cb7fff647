import { describe, expect, it } from 'vitest';
import { chamberWires } from '../prepare/chamberWires.ts';
import { shapeAndRate, withFeatures } from '../preprocessing/shapeAndRate.ts';
import { someChamber } from '../testing/index.ts';
import { featureCount, featureIndex, featureNames, features, type FeatureName } from './features.ts';
import { superlayerRatio } from './levels.ts';

const chamber = { wheel: 0, station: 1, sector: 1 } as const;

/** A chamber whose superlayers stand at these levels, in units that are the same for all superlayers of a healthy one. */
function withLevels(levels: readonly [number, number, number], wires = 50) {
  const matrix = Array.from({ length: 12 }, (_, row) => {
    const superlayer = Math.floor(row / 4);
    const hits = Math.round(levels[superlayer]! * superlayerRatio(1, 0, superlayer + 1));
    return new Array<number>(wires).fill(hits);
  });
  const { layers, tensors } = shapeAndRate.prepare([chamberWires({ chamber, matrix })]);
  expect(layers).toHaveLength(12);
  return (row: number, name: FeatureName) => tensors.features![row * featureCount + featureIndex[name]]!;
}

describe('the table of features', () => {
  it('names each feature once, and says scope, unit and meaning', () => {
    expect(new Set(featureNames).size).toBe(featureCount);
    for (const { scope, unit, meaning } of features) expect([scope, unit, meaning]).not.toContain('');
  });

  it('keeps the order that the shipped networks were trained with', () => {
    expect(featureIndex).toMatchObject({ siblingDead: 0, superlayerBelowLowest: 15, historyKnown: 18 });
    expect(featureIndex).toMatchObject({ blockDispersion: 28, layerScatter: 29, historyFall: 32 });
  });

  it('is told by name: a model may know some of them, in an order of its own', () => {
    const wires = [chamberWires(someChamber())];
    const all = shapeAndRate.prepare(wires).tensors.features!;
    const some = withFeatures(shapeAndRate, 'some', ['wires', 'rate']).prepare(wires).tensors.features!;
    expect(some).toHaveLength((2 * all.length) / featureCount);
    for (let row = 0; row < some.length / 2; row++) {
      expect(some[2 * row]).toBe(all[row * featureCount + featureIndex.wires]);
      expect(some[2 * row + 1]).toBe(all[row * featureCount + featureIndex.rate]);
    }
  });
});

describe('a superlayer against the others', () => {
  // Each stands a quarter above the next: 3 ln 1.25 = 0.669.
  const step = 3 * Math.log(1.25);
  const feature = withLevels([10_000, 8_000, 6_400]);

  it.each([
    ['the highest', 0, step, 2 * step],
    ['the middle one', 4, -step, step],
    ['the lowest', 8, -2 * step, -step],
  ] as const)('compares %s with the highest and with the lowest of the others', (_, row, highest, lowest) => {
    expect(feature(row, 'superlayerBelowHighest')).toBeCloseTo(highest, 2);
    expect(feature(row, 'superlayerBelowLowest')).toBeCloseTo(lowest, 2);
    expect(feature(row, 'layerBelowHighest')).toBeCloseTo(highest, 1);
  });

  it('tells superlayers, lengths and hits', () => {
    const small = withLevels([1000, 1000, 1000], 48);
    expect([0, 4, 8].map((row) => small(row, 'theta'))).toEqual([0, 1, 0]);
    expect(small(0, 'wires')).toBeCloseTo(0.96, 6);
    expect(small(0, 'hits')).toBeCloseTo(3, 1);
    expect(small(0, 'outermostStation')).toBe(0);
    expect(small(0, 'historyKnown')).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import type { Matrix, Station } from '@dtdqm/contract';
import { normal, seededRandom } from '@dtdqm/contract/random';
import { distance, layerFeatures, outlierness, standardiser } from './features.ts';

/** A chamber with the same hits in every wire of a layer; -1 is no wire. */
function chamber(station: Station, hitsOf: (layer: number, wire: number) => number, wires = 48): Matrix {
  return Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: wires }, (__, wire) =>
      station === 4 && row >= 4 && row < 8 ? -1 : hitsOf(row + 1, wire + 1),
    ),
  );
}
const [rate, window, dip, empty, spike, superlayer, statistics] = [0, 1, 2, 3, 4, 5, 6] as const;
const featuresOf = (hitsOf: (layer: number, wire: number) => number, layer = 9, station: Station = 2) =>
  layerFeatures(chamber(station, hitsOf), station)[layer - 1]!;

describe('features of a layer', () => {
  it('are ordinary where all layers agree', () => {
    const features = featuresOf(() => 100);
    expect(features).toHaveLength(7);
    for (const feature of [rate, window, dip, empty, spike, superlayer])
      expect(features[feature]).toBeCloseTo(0, 12);
    // A hundred hits a wire: log10(100) / 2.
    expect(features[statistics]).toBeCloseTo(1, 3);
    expect(featuresOf(() => 0)[statistics]).toBeCloseTo(Math.log10(0.05) / 2, 12);
  });

  it('do not exist where the station has no layer', () => {
    const features = layerFeatures(
      chamber(4, () => 100),
      4,
    );
    expect(features.map((each, row) => (each === null ? row + 1 : 0)).filter(Boolean)).toEqual([5, 6, 7, 8]);
    expect(features[0]![superlayer]).toBeCloseTo(0, 12);
  });

  it('tell a layer with few hits from its siblings, and that by a ratio', () => {
    const weak = (layer: number) => (layer === 9 ? 11 : 100);
    expect(featuresOf(weak)[rate]).toBeCloseTo(Math.log(11.5 / 100.5), 12);
    expect(featuresOf(weak, 10)[rate]).toBeCloseTo(0, 12);
    // The median of the three others, without its own.
    const four: Record<number, number> = { 9: 10, 10: 20, 11: 40, 12: 80 };
    expect(featuresOf((layer) => four[layer] ?? 100)[rate]).toBeCloseTo(Math.log(10.5 / 40.5), 12);
    // Another superlayer does not count as a sibling.
    expect(featuresOf((layer) => (layer <= 4 ? 10 : 100), 9)[rate]).toBeCloseTo(0, 12);
    expect(featuresOf((layer) => (layer === 9 ? 0 : 100_000))[rate]).toBe(-3);
    expect(featuresOf((layer) => (layer === 9 ? 100_000 : 0))[rate]).toBe(3);
  });

  it('tell by how many standard deviations eight wires are short of the siblings there', () => {
    const hole = (layer: number, wire: number) => (layer === 9 && wire >= 21 && wire <= 28 ? 0 : 100);
    const expected = 800;
    const deviation = -expected / Math.sqrt(expected + (0.05 * expected) ** 2 + 1);
    expect(featuresOf(hole)[window]).toBeCloseTo(deviation / 10, 12);
    expect(featuresOf(hole, 10)[window]).toBeCloseTo(0, 12);
    // At either end as well, which the layer's own middle would not tell.
    for (const first of [1, 41]) {
      const end = (layer: number, wire: number) =>
        layer === 9 && wire >= first && wire < first + 8 ? 0 : 100;
      expect(featuresOf(end)[window]).toBeCloseTo(deviation / 10, 12);
    }
    // By eight wires wherever the hole is: two at the end are not looked at alone.
    const last = (layer: number, wire: number) => (layer === 9 && wire > 46 ? 0 : 100);
    expect(featuresOf(last)[window]).toBeCloseTo(deviation / 40, 12);
    // More hits than the siblings are no shortage; and however short, the number stays of order one.
    expect(featuresOf((layer) => (layer === 9 ? 200 : 100))[window]).toBe(0);
    expect(featuresOf((layer) => (layer === 9 ? 0 : 1e6))[window]).toBeGreaterThanOrEqual(-3);
  });

  it('compare wires by their columns, wherever a layer begins', () => {
    const board = (layer: number, wire: number) =>
      layer === 12 && wire === 1 ? -1 : wire >= 21 && wire <= 28 ? 0 : 100;
    for (const layer of [9, 12]) expect(featuresOf(board, layer)[window]).toBeCloseTo(0, 12);
  });

  it('see a hole that all siblings share, away from the ends', () => {
    const hole = (_: number, wire: number) => (wire >= 21 && wire <= 28 ? 10 : 100);
    expect(featuresOf(hole)[dip]).toBeCloseTo(Math.log(10.5 / 100.5), 12);
    expect(featuresOf(hole)[window]).toBeCloseTo(0, 12);
    // Fewer tracks reach the last four wires at either end.
    const edge = (_: number, wire: number) => (wire <= 4 || wire > 44 ? 10 : 100);
    expect(featuresOf(edge)[dip]).toBeCloseTo(0, 12);
    const inside = (_: number, wire: number) => (wire > 36 && wire <= 44 ? 10 : 100);
    expect(featuresOf(inside)[dip]).toBeCloseTo(Math.log(10.5 / 100.5), 12);
  });

  it('count empty cells and the height of a spike', () => {
    const quarter = (layer: number, wire: number) => (layer === 9 && wire <= 12 ? 0 : 100);
    expect(featuresOf(quarter)[empty]).toBeCloseTo(0.5, 12);
    expect(featuresOf(quarter, 10)[empty]).toBe(0);
    const noisy = (layer: number, wire: number) => (layer === 9 && wire === 5 ? 1009 : 100);
    expect(featuresOf(noisy)[spike]).toBeCloseTo(Math.log(1010 / 101) - 1, 12);
    expect(featuresOf((layer, wire) => (layer === 9 && wire === 5 ? 200 : 100))[spike]).toBe(0);
    expect(featuresOf((layer, wire) => (layer === 9 && wire === 5 ? 1e9 : 0))[spike]).toBe(3);
  });

  it('tell a superlayer from the others of its chamber', () => {
    const weak = (layer: number) => (layer >= 9 ? 50 : 100);
    expect(featuresOf(weak)[superlayer]).toBeCloseTo(Math.log(50.5 / 100.5), 12);
    expect(featuresOf(weak)[rate]).toBeCloseTo(0, 12);
    expect(featuresOf(weak, 1)[superlayer]).toBeCloseTo(Math.log(100.5 / 75.5), 12);
    // One layer alone does not move the median of its four.
    expect(featuresOf((layer) => (layer === 9 ? 0 : 100))[superlayer]).toBeCloseTo(0, 12);
  });

  it('leave out cells without a wire', () => {
    const cut = (layer: number, wire: number) => (layer === 9 && wire === 48 ? -1 : 100);
    for (const feature of [rate, dip, empty, spike]) expect(featuresOf(cut)[feature]).toBeCloseTo(0, 12);
  });
});

describe('standardising', () => {
  it('gives mean 0 and standard deviation 1, cut at 5, and 0 where nothing varies', () => {
    const random = seededRandom(2);
    const sample = Array.from({ length: 500 }, () => [7 + 3 * normal(random), 4]);
    const standard = sample.map(standardiser(sample));
    const first = standard.map(([value]) => value!);
    const mean = first.reduce((sum, value) => sum + value, 0) / 500;
    expect(mean).toBeCloseTo(0, 12);
    expect(first.reduce((sum, value) => sum + value ** 2, 0) / 500).toBeCloseTo(1, 12);
    expect(standard.every(([, constant]) => constant === 0)).toBe(true);
    expect(standardiser(sample)([1000, 5])).toEqual([5, 0]);
    expect(standardiser(sample)([-1000, 3])).toEqual([-5, 0]);
    expect(standardiser([])([1, 2])).toEqual([0, 0]);
  });

  it('measures distances as the crow flies', () => {
    expect(distance([1, 2, 3], [1, 5, 7])).toBe(5);
    expect(distance([3, 4], [])).toBe(5);
  });
});

describe('how rare features are', () => {
  const background = Array.from({ length: 99 }, (_, index) => [index, index % 3]);
  const rare = (features: readonly number[]) => outlierness(background)(features);

  it('is 0 in the middle and 1 beyond all others in every feature', () => {
    expect(rare([49, 1])).toBeCloseTo(0, 12);
    expect(rare([1000, 1000])).toBeCloseTo(1, 12);
    expect(rare([-1000, -1000])).toBeCloseTo(1, 12);
  });

  it('goes by ranks: each end counts, ties count as less rare, and one feature of two gives half', () => {
    // Four of the hundred are as far out: log(2 * 5 / 100) of log(1 / 50) twice.
    expect(rare([4, 1])).toBeCloseTo(-Math.log((2 * 6) / 100) / (2 * Math.log(50)), 12);
    expect(rare([95, 1])).toBeCloseTo(-Math.log((2 * 5) / 100) / (2 * Math.log(50)), 12);
    expect(rare([1000, 1])).toBeCloseTo(1 / 2, 12);
    expect(rare([49, 0])).toBeCloseTo(-Math.log((2 * 34) / 100) / (2 * Math.log(50)), 12);
  });

  it('is nothing without a background', () => {
    expect(outlierness([])([1, 2])).toBe(0);
  });
});

import type { Matrix } from '@dtdqm/contract';
import { binomial, randomOf, shuffled } from '@dtdqm/contract/random';
import { calibratedSpread, simulateChamber } from '@dtdqm/simulator/detector';
import { describe, expect, it } from 'vitest';
import { viewChamber } from '../features/chamberView.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { judgeChamber } from './judge.ts';
import { degreeOf } from './tolerated.ts';

const chamber = { wheel: -1, station: 2, sector: 4 } as const;
const layer = 2;
const judge = (matrix: Matrix, limits = {}) =>
  judgeChamber(
    viewChamber(chamberWires({ chamber, matrix, history: [] })),
    new Array<number>(12).fill(0.001),
    { bad: 0.5, ...limits },
  );

/** A healthy chamber one layer of which counts this share of its hits, wire by wire. */
function thinned(seed: number, shareOf: (wire: number) => number): Matrix {
  const { matrix } = simulateChamber({ chamber, buildSeed: seed, runSeed: seed, lumisections: 400 });
  const random = randomOf(seed, 'thinned');
  return matrix.map((row, index) =>
    index + 1 === layer
      ? row.map((hits, wire) => (hits > 0 ? binomial(random, hits, shareOf(wire)) : hits))
      : row,
  );
}

const wires = 60;
const scattered = (seed: number) => {
  const dead = new Set(
    shuffled(
      Array.from({ length: wires / 4 }, (_, index) => 4 * index),
      randomOf(seed),
    ).slice(0, 6),
  );
  return thinned(seed, (wire) => (dead.has(wire) ? 0 : 1));
};
const waves = (seed: number) =>
  thinned(seed, (wire) => (1 + 0.35 * Math.sin(seed + (2 * Math.PI * wire) / 11)) / 1.35);

describe.each([
  ['scattered-dead', 'scatteredDeadFrom', scattered],
  ['uneven-layer', 'unevenLayerFrom', waves],
] as const)('a layer that is good but for a fault that some tolerate: %s', (kind, limit, faulty) => {
  it('is named, once, and stays good', () => {
    let named = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const { faults, verdicts } = judge(faulty(seed));
      expect(verdicts).not.toContain('bad');
      const own = faults.filter(({ layers }) => layers.includes(layer));
      if (own.some((fault) => fault.kind === kind)) named++;
      expect(
        own.filter((fault) => fault.kind === 'dead-cells' || fault.kind === kind).length,
      ).toBeLessThanOrEqual(1);
    }
    expect(named).toBeGreaterThanOrEqual(8);
  });

  it('is bad from the degree on that labels taught, and as bad as that needs', () => {
    const matrix = Array.from({ length: 9 }, (_, seed) => faulty(seed + 1)).find((each) =>
      judge(each).faults.some((fault) => fault.kind === kind),
    )!;
    const { degree } = degreeOf(judge(matrix).faults.find((fault) => fault.kind === kind)!)!;
    const taught = judge(matrix, { [limit]: degree });
    expect(taught.verdicts[layer - 1]).toBe('bad');
    expect(taught.scores[layer - 1]).toBe(0.5);
    expect(taught.verdicts.filter((verdict) => verdict === 'bad')).toHaveLength(1);
    expect(judge(matrix, { [limit]: degree + 0.1 })).toMatchObject(judge(matrix));
    expect(judge(matrix, { hotLayerFrom: 1, noisyRegionFrom: 1 }).verdicts[layer - 1]).toBe('good');
  });
});

it('does not call a layer uneven whose chamber counts in lumps, or in which a pair of wires is dead', () => {
  const spread = { ...calibratedSpread, lumpy: 1, lumpSize: [2.5, 3] } as const;
  for (let seed = 1; seed <= 30; seed++) {
    const { matrix: lumps } = simulateChamber({
      ...{ chamber, buildSeed: seed, runSeed: seed, lumisections: 300 },
      spread,
    });
    const pair = thinned(seed, (wire) => (wire === 20 || wire === 21 ? 0 : 1));
    for (const each of [lumps, pair])
      expect(judge(each).faults.map(({ kind }) => kind)).not.toContain('uneven-layer');
  }
});

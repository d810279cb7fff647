import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allChambers, layersOf, matrixSchema, wiresOf, type ChamberId } from '@dtdqm/contract';
import { poisson, randomOf } from '@dtdqm/contract/random';
import {
  drawFault,
  injectedKinds,
  simulateChamber,
  wideSpread,
  wiresInLayer,
  type InjectedFault,
} from './index.ts';

const chambers = fc.constantFrom(...allChambers);
const seeds = fc.integer({ min: 1, max: 1e6 });

function simulate(chamber: ChamberId, seed: number, lumisections = 100) {
  return simulateChamber({ chamber, buildSeed: seed, runSeed: seed, lumisections, spread: wideSpread });
}

describe('simulated chambers', () => {
  it('are matrices with a wire wherever the detector has one', () => {
    fc.assert(
      fc.property(chambers, seeds, (chamber, seed) => {
        const { matrix } = simulate(chamber, seed);
        expect(matrixSchema.safeParse(matrix).success).toBe(true);
        matrix.forEach((row, index) => expect(wiresOf(row)).toHaveLength(wiresInLayer(chamber, index + 1)));
      }),
      { numRuns: 50 },
    );
  });

  it('come out the same from the same seed and differently from another', () => {
    fc.assert(
      fc.property(chambers, seeds, (chamber, seed) => {
        expect(simulate(chamber, seed)).toEqual(simulate(chamber, seed));
        expect(simulate(chamber, seed).matrix).not.toEqual(simulate(chamber, seed + 1).matrix);
      }),
      { numRuns: 20 },
    );
  });

  it('count in proportion to the length of the run', () => {
    const chamber = { wheel: 2, station: 1, sector: 5 } as const;
    const hits = (lumisections: number) =>
      simulateChamber({ chamber, buildSeed: 1, runSeed: 2, lumisections })
        .matrix.flatMap(wiresOf)
        .reduce((a, b) => a + b);
    expect(hits(1000) / hits(100)).toBeCloseTo(10, 0);
  });
});

function cellsOf({ wires, shifts }: InjectedFault, layer: number): [from: number, to: number] {
  const shift = shifts?.[layer] ?? 0;
  return [Math.max(0, wires.first + shift - 1), wires.last + shift];
}

describe('faults', () => {
  it('touch their own layers and wires only, and empty them at level 0', () => {
    fc.assert(
      fc.property(chambers, seeds, fc.constantFrom(...injectedKinds), (chamber, seed, kind) => {
        const fault = { ...drawFault(kind, chamber, randomOf(seed)), level: 0 };
        expect(fault.layers.every((layer) => layersOf(chamber.station).includes(layer))).toBe(true);
        const { matrix } = simulateChamber({
          chamber,
          buildSeed: seed,
          runSeed: seed,
          lumisections: 1e4,
          faults: [fault],
        });
        for (const layer of fault.layers) {
          const inside = wiresOf(matrix[layer - 1]!).slice(...cellsOf(fault, layer));
          expect(inside.every((hits) => hits === 0)).toBe(true);
        }
        const untouched = layersOf(chamber.station).filter((layer) => !fault.layers.includes(layer));
        for (const layer of untouched) {
          expect(wiresOf(matrix[layer - 1]!).filter((hits) => hits > 0).length).toBeGreaterThan(30);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('are bad when they take a whole superlayer and not when they take one cell', () => {
    const chamber = { wheel: 0, station: 2, sector: 1 } as const;
    const fault = drawFault('dead-superlayer', chamber, randomOf(3));
    const cell = drawFault('dead-cells', chamber, randomOf(3));
    const { badLayers } = simulateChamber({
      chamber,
      buildSeed: 1,
      runSeed: 1,
      lumisections: 10,
      faults: [cell, fault],
    });
    expect(badLayers).toEqual(fault.layers);
  });
});

describe('poisson', () => {
  it('has mean and variance equal, on both sides of the change of method', () => {
    for (const mean of [0.3, 5, 11.9, 12.1, 40, 400]) {
      const random = randomOf('poisson', mean);
      const draws = Array.from({ length: 20_000 }, () => poisson(random, mean));
      const average = draws.reduce((a, b) => a + b) / draws.length;
      const variance = draws.reduce((sum, n) => sum + (n - average) ** 2, 0) / draws.length;
      expect(Math.abs(average / mean - 1)).toBeLessThan(4 / Math.sqrt(mean * draws.length));
      expect(variance / mean).toBeGreaterThan(0.95);
      expect(variance / mean).toBeLessThan(1.05);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allChambers,
  layerInSuperlayer,
  layersOf,
  matrixSchema,
  wiresOf,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import { poisson, randomOf } from '@dtdqm/contract/random';
import {
  dealOut,
  drawFault,
  drawMeasured,
  injectedKinds,
  injectIntoCounts,
  levelAt,
  measuredFaults,
  simulateChamber,
  wideSpread,
  wireNumbers,
  wiresInLayer,
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

  it('have every wire in the column of its number: the fourth layer of a superlayer begins at wire 2, as in real replies', () => {
    for (const chamber of allChambers) {
      const { matrix } = simulate(chamber, 1);
      for (const layer of layersOf(chamber.station)) {
        const row = matrix[layer - 1]!;
        const first = layerInSuperlayer(layer) === 4 ? 2 : 1;
        expect(row.findIndex((hits) => hits >= 0) + 1).toBe(first);
        expect(row.findLastIndex((hits) => hits >= 0) + 1).toBe(first + wiresOf(row).length - 1);
      }
    }
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

describe('faults', () => {
  it('touch their own layers and wires only, and empty them at level 0', () => {
    fc.assert(
      fc.property(chambers, seeds, fc.constantFrom(...injectedKinds), (chamber, seed, kind) => {
        const { mapping: _, ...drawn } = drawFault(kind, chamber, randomOf(seed));
        const fault = { ...drawn, level: 0 };
        expect(fault.layers.every((layer) => layersOf(chamber.station).includes(layer))).toBe(true);
        const { matrix } = simulateChamber({
          chamber,
          buildSeed: seed,
          runSeed: seed,
          lumisections: 1e4,
          faults: [fault],
        });
        for (const layer of fault.layers) {
          const inside = wiresOf(
            matrix[layer - 1]!.filter((_, column) => levelAt(fault, layer, column + 1) === 0),
          );
          expect(inside.length).toBeGreaterThan(0);
          expect(inside.every((hits) => hits === 0)).toBe(true);
          // All of them are wires that the layer has.
          if (fault.layers.length > 1) continue;
          const { first, last } = wireNumbers(chamber, layer);
          expect(fault.wires.first).toBeGreaterThanOrEqual(first);
          expect(fault.wires.last).toBeLessThanOrEqual(last);
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

describe('faults in counts', () => {
  const chamber = { wheel: 1, station: 1, sector: 6 } as const;
  const { matrix } = simulate(chamber, 5, 200);
  const hitsOf = (rows: Matrix, layer: number) => sum(wiresOf(rows[layer - 1]!));

  it.each(measuredFaults)(
    '$name: keeps its share of the hits where it says, and all elsewhere',
    (measured) => {
      const fault = drawMeasured(measured, chamber, randomOf(measured.name))!;
      const injected = injectIntoCounts(matrix, fault, randomOf(2));
      const touched = [...fault.layers, ...(fault.mapping?.how === 'swapped' ? [fault.mapping.from!] : [])];
      for (const layer of layersOf(chamber.station)) {
        const row = injected[layer - 1]!;
        const before = matrix[layer - 1]!;
        if (!touched.includes(layer)) expect(row).toEqual(before);
        if (fault.mapping) continue;
        const expected = sumOf(before, (hits, column) =>
          hits > 0 ? hits * levelAt(fault, layer, column + 1) : 0,
        );
        expect(Math.abs(sum(wiresOf(row)) - expected)).toBeLessThan(6 * Math.sqrt(expected + 1) + 1);
      }
    },
  );

  it('are moved as they are when layers are mixed up', () => {
    const of = (how: string) =>
      drawMeasured(
        measuredFaults.find(({ form, kind }) => kind.startsWith(how) && form)!,
        chamber,
        randomOf(how),
      )!;
    const copied = of('copied');
    const from = wiresOf(matrix[copied.mapping!.from! - 1]!);
    const [layer] = copied.layers as [number];
    const taken = wiresOf(injectIntoCounts(matrix, copied, randomOf(1))[layer - 1]!);
    expect(taken.slice(0, from.length)).toEqual(from.slice(0, taken.length));
    const reversed = of('reversed');
    const turned = wiresOf(injectIntoCounts(matrix, reversed, randomOf(1))[reversed.layers[0]! - 1]!);
    expect(turned.reverse()).toEqual(wiresOf(matrix[reversed.layers[0]! - 1]!));
    const shifted = of('shifted');
    const moved = injectIntoCounts(matrix, shifted, randomOf(1));
    expect(hitsOf(moved, shifted.layers[0]!)).toBe(hitsOf(matrix, shifted.layers[0]!));
  });

  it('dealt out to several runs, every hit goes to one of them at most', () => {
    const runs = dealOut(matrix, [0.5, 0.25, 0.25], randomOf(3));
    const together = matrix.map((row, index) =>
      row.map((hits, cell) => (hits > 0 ? sumOf(runs, (run) => run[index]![cell]!) : hits)),
    );
    expect(together).toEqual(matrix);
    const total = sumOf(matrix, (row) => sum(wiresOf(row)));
    expect(sumOf(runs[0]!, (row) => sum(wiresOf(row))) / total).toBeCloseTo(0.5, 1);
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

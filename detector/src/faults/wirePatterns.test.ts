import type { ChamberId, Matrix } from '@dtdqm/contract';
import { mean, sumOf } from '@dtdqm/contract/numbers';
import { calibratedSpread, simulateChamber } from '@dtdqm/simulator/detector';
import { describe, expect, it } from 'vitest';
import { viewChamber, type ChamberView } from '../features/chamberView.ts';
import { fingerprintsOf } from '../features/reference.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { wirePatterns } from './wirePatterns.ts';

const chamber: ChamberId = { wheel: 2, station: 1, sector: 3 };
const counted = (index: number, run: string, share: number) =>
  simulateChamber({
    chamber,
    buildSeed: index,
    runSeed: `${index}/${run}`,
    lumisections: 100,
    spread: { ...calibratedSpread, trackShare: [share, share], lumpy: 0 },
  }).matrix;
const viewOf = (matrix: Matrix, history: Matrix[] = []) =>
  viewChamber(chamberWires({ chamber, matrix, history }));
const patternsOf = (view: ChamberView) =>
  wirePatterns(
    view,
    view.superlayers.map((superlayer, index) => superlayer && fingerprintsOf(view, index)),
  );
const indices = Array.from({ length: 20 }, (_, index) => index);

/** Squared distance of wires from what is expected of them, over that; mean of all wires. */
const scatterOf = (view: ChamberView) =>
  mean(
    patternsOf(view).flatMap((pattern, row) => {
      const hits = view.superlayers[row >> 2]!.layers[row & 3]!;
      return [...hits].map(
        (found, wire) => (found - pattern!.expected[wire]!) ** 2 / pattern!.expected[wire]!,
      );
    }),
  );

describe('what wires are expected to count', () => {
  it('is told by muons that siblings share, the better the more they are', () => {
    const scatter = (share: number) =>
      mean(indices.map((index) => scatterOf(viewOf(counted(index, 'now', share)))));
    // Of 0.5 shared a wire of known rate scatters by 0.71 about what its siblings tell, by conditional variance of normal counts.
    expect(scatter(0.5)).toBeLessThan(0.85);
    expect(scatter(0.5)).toBeLessThan(scatter(0) - 0.15);
  });

  it('comes with the scatter that is left', () => {
    for (const share of [0, 0.3, 0.5]) {
      const views = indices.map((index) =>
        viewOf(counted(index, 'now', share), [counted(index, 'before', share)]),
      );
      const noise = mean(views.map((view) => patternsOf(view)[0]!.noise));
      expect(Math.abs(noise / mean(views.map(scatterOf)) - 1)).toBeLessThan(0.15);
    }
  });

  it('is what a wire always did that is dead or noisy by itself', () => {
    const strange = (matrix: Matrix) =>
      matrix.map((row, y) =>
        row.map((hits, wire) => (y !== 5 ? hits : wire === 20 ? 0 : wire === 30 ? 5 * hits : hits)),
      );
    const view = viewOf(
      strange(counted(3, 'now', 0.3)),
      ['a', 'b', 'c'].map((run) => strange(counted(3, run, 0.3))),
    );
    const { expected } = patternsOf(view)[5]!;
    const usual = sumOf([...expected], (hits) => hits) / expected.length;
    expect(expected[20]! / usual).toBeLessThan(0.3);
    expect(expected[30]! / usual).toBeGreaterThan(3.5);
  });

  it('is not told of a superlayer that is hardly wider than a board', () => {
    const narrow = counted(1, 'now', 0.3).map((row, y) => (y < 4 ? row.slice(0, 7) : row));
    const patterns = patternsOf(viewOf(narrow));
    expect(patterns.map((pattern) => pattern !== undefined)).toEqual(
      Array.from({ length: 12 }, (_, row) => row >= 4),
    );
  });
});

import { type ChamberId, type Matrix, layersOfSuperlayer, noWire, superlayersOf } from '@dtdqm/contract';
import { type Random, binomial, poisson, randomOf } from '@dtdqm/contract/random';
import { type Expectation, healthyExpectation } from './expectation.ts';
import { wireNumbers } from './geometry.ts';
import { type HealthySpread, calibratedSpread } from './profile.ts';
import { mixUp } from './injectIntoCounts.ts';
import { type InjectedFault, badLayersOf, injectFaults, visibleEvidence } from './faults.ts';

export interface ChamberConditions {
  readonly chamber: ChamberId;
  /** Identifies the chamber as built: same seed, same profile, same cell defects. */
  readonly buildSeed: number | string;
  /** Identifies the run: same seed, same counts. */
  readonly runSeed: number | string;
  /** Length of the run; hits are proportional to it (simulator/README.md). */
  readonly lumisections: number;
  readonly faults?: readonly InjectedFault[];
  readonly spread?: HealthySpread;
}

export interface SimulatedChamber {
  readonly matrix: Matrix;
  readonly faults: readonly InjectedFault[];
  /** Layers 1..12 that an expert would call bad. */
  readonly badLayers: readonly number[];
  /** How much of that can be seen at all in this run, nats by layer (see `visibleEvidence`). */
  readonly evidence: readonly number[];
}

/** One chamber in one run. Depends on its arguments alone. */
export function simulateChamber({
  chamber,
  buildSeed,
  runSeed,
  lumisections,
  faults = [],
  spread = calibratedSpread,
}: ChamberConditions): SimulatedChamber {
  const { wheel, station, sector } = chamber;
  const place = [wheel, station, sector] as const;
  const built = randomOf(buildSeed, 'built', ...place);
  const healthy = healthyExpectation(chamber, lumisections, spread, built);
  const counted = randomOf(runSeed, 'counted', ...place);
  const drawn = drawHits(injectFaults(healthy, faults), healthy, counted);
  const matrix = faults.reduce(
    (mixed, { layers, mapping }) => (mapping ? mixUp(mixed, layers[0]!, mapping) : mixed),
    drawn,
  );
  return { matrix, faults, badLayers: badLayersOf(faults), evidence: visibleEvidence(healthy, faults) };
}

/**
 * Draws counts. Muons that cross a superlayer are drawn once per half cell and counted by all four layers, which are
 * staggered by half a cell; the rest is independent. So each cell is Poisson, and siblings fluctuate together.
 *
 * @param expectation hits per wire, faults included.
 * @param healthy the same without faults: tracks cross dead layers, too.
 * @returns 12 rows of equal width; column = wire, -1 where there is none.
 */
export function drawHits(expectation: Expectation, healthy: Expectation, random: Random): Matrix {
  const { lumpSize } = expectation;
  return drawCounts(expectation, healthy, random, (lumps) => Math.round(lumpSize * lumps));
}

/**
 * The same, and how lumps become hits.
 *
 * @param hitsIn hits of so many lumps of the expectation's size.
 */
export function drawCounts(
  expectation: Expectation,
  healthy: Expectation,
  random: Random,
  hitsIn: (lumps: number) => number,
): Matrix {
  const { chamber, hits, lumpSize } = expectation;
  const width = Math.max(...hits.map((layer) => layer?.length ?? 0));
  const matrix: Matrix = hits.map(() => new Array<number>(width).fill(noWire));
  for (const superlayer of superlayersOf(chamber.station)) {
    const rows = layersOfSuperlayer(superlayer).map((layer) => layer - 1);
    const tracks = drawTracks(healthy, rows, random);
    for (const [position, row] of rows.entries()) {
      const expected = hits[row]!;
      const without = healthy.hits[row]!;
      const staggered = position % 2;
      for (let wire = wireNumbers(chamber, row + 1).first - 1; wire < expected.length; wire++) {
        const left = 2 * wire + 1 - staggered;
        const crossing = tracks.drawn[left]! + tracks.drawn[left + 1]!;
        const efficiency = without[wire]! > 0 ? Math.min(1, expected[wire]! / without[wire]!) : 0;
        const seen = binomial(random, crossing, efficiency);
        const rest = expected[wire]! - efficiency * lumpSize * (tracks.mean[left]! + tracks.mean[left + 1]!);
        matrix[row]![wire] = hitsIn(seen + poisson(random, rest / lumpSize));
      }
    }
  }
  return matrix;
}

interface Tracks {
  readonly mean: Float64Array;
  readonly drawn: Float64Array;
}

/** Muons in each half cell of a superlayer, in lumps; it begins half a cell before the first wire of the odd layers. */
function drawTracks(
  { hits, trackShare, lumpSize }: Expectation,
  rows: readonly number[],
  random: Random,
): Tracks {
  const widest = Math.max(...rows.map((row) => hits[row]!.length));
  const mean = new Float64Array(2 * widest + 1);
  for (let half = 0; half < mean.length; half++) {
    const wire = Math.max(0, Math.floor((half - 1) / 2));
    let smallest = Infinity;
    for (const row of rows) {
      const expected = hits[row]![Math.min(wire, hits[row]!.length - 1)]!;
      // A cell that is dead for itself says nothing about the tracks that cross it.
      if (expected > 0 && expected < smallest) smallest = expected;
    }
    if (smallest < Infinity) mean[half] = (trackShare * smallest) / 2 / lumpSize;
  }
  return { mean, drawn: mean.map((expected) => poisson(random, expected)) };
}

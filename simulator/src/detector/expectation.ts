import {
  type ChamberId,
  layerInSuperlayer,
  layersOfSuperlayer,
  rowsPerChamber,
  superlayersOf,
} from '@dtdqm/contract';
import { type Random, chance, integer, normal, poisson, uniform } from '@dtdqm/contract/random';
import { wiresInLayer } from './geometry.ts';
import { hitsPerWire, referenceLumisections, smoothDeviation, superlayerProfile } from './profile.ts';

/** How far healthy detectors differ from the average one. Fractions unless stated; sd = one standard deviation. */
export interface HealthySpread {
  /** Chamber's level against its station's, sd of the logarithm. */
  chamberLevel: number;
  /** A superlayer's level against the chamber's, sd of the logarithm. */
  superlayerLevel: number;
  /** A layer's level against its superlayer's, sd. */
  layerLevel: number;
  /** A wire's level against its column's, sd. */
  wireLevel: number;
  /** Smooth deviation of a superlayer's profile from the average one: sd of the first Chebyshev term, later ones fall off. */
  smooth: number;
  /** The same for a layer against its superlayer. */
  layerSmooth: number;
  /** Local bumps common to a superlayer: mean number, and sd of their height. */
  bumps: number;
  bumpHeight: number;
  /** Level of the outermost cells. */
  edge: readonly [low: number, high: number];
  /** Probability that a readout group of a superlayer runs at another level, as theta wires 1-32 of a real healthy chamber do. */
  step: number;
  stepLevel: readonly [low: number, high: number];
  /** Share of hits from muons that cross all four layers, which makes siblings fluctuate together. */
  trackShare: readonly [low: number, high: number];
  /** Probability that counts come in lumps (a hit counted several times), and how large these are. */
  lumpy: number;
  lumpSize: readonly [low: number, high: number];
  /** Isolated dead, weak and noisy cells per layer, means. */
  deadCells: number;
  weakCells: number;
  noisyCells: number;
}

/** Matches the real healthy chambers (simulator/README.md). */
export const calibratedSpread: HealthySpread = {
  chamberLevel: 0.06,
  superlayerLevel: 0.05,
  layerLevel: 0.011,
  wireLevel: 0.02,
  smooth: 0.07,
  layerSmooth: 0.008,
  bumps: 0.8,
  bumpHeight: 0.08,
  edge: [0.86, 1.02],
  step: 0.02,
  stepLevel: [0.68, 0.92],
  trackShare: [0.1, 0.5],
  lumpy: 0.1,
  lumpSize: [1.4, 3],
  deadCells: 0.1,
  weakCells: 0.02,
  noisyCells: 0.02,
};

/** Wider than reality on every count: what a detector of faults should be trained on. */
export const wideSpread: HealthySpread = {
  chamberLevel: 0.3,
  superlayerLevel: 0.12,
  layerLevel: 0.022,
  wireLevel: 0.035,
  smooth: 0.14,
  layerSmooth: 0.016,
  bumps: 1.5,
  bumpHeight: 0.13,
  edge: [0.55, 1.25],
  step: 0.06,
  stepLevel: [0.66, 0.95],
  trackShare: [0, 0.8],
  lumpy: 0.2,
  lumpSize: [1.2, 4],
  deadCells: 0.12,
  weakCells: 0.05,
  noisyCells: 0.06,
};

/** What a chamber's wires would count on average, and how counts scatter about that. */
export interface Expectation {
  readonly chamber: ChamberId;
  /** Expected hits per wire of layers 1..12 at index 0..11; null where there is no layer. */
  readonly hits: readonly (Float64Array | null)[];
  /** Share of hits from muons that cross all four layers of a superlayer, 0..1. */
  readonly trackShare: number;
  /** Counts come in lumps of this size; 1 is plain Poisson. */
  readonly lumpSize: number;
}

/** Layers further in shield those further out: level per layer, measured in MB1. */
const shielding = -0.011;

/**
 * A healthy chamber's expectation, with its own deviations from the average chamber drawn from `spread`.
 *
 * @param lumisections length of the run; hits are proportional to it.
 */
export function healthyExpectation(
  chamber: ChamberId,
  lumisections: number,
  spread: HealthySpread,
  random: Random,
): Expectation {
  const hits: (Float64Array | null)[] = new Array<null>(rowsPerChamber).fill(null);
  const level = (lumisections / referenceLumisections) * Math.exp(normal(random, 0, spread.chamberLevel));
  for (const superlayer of superlayersOf(chamber.station)) {
    const layers = layersOfSuperlayer(superlayer);
    const widest = Math.max(...layers.map((layer) => wiresInLayer(chamber, layer)));
    const profile = superlayerProfile(chamber, superlayer, widest, spread, random);
    const rate =
      level * hitsPerWire(chamber, superlayer) * Math.exp(normal(random, 0, spread.superlayerLevel));
    for (const layer of layers) {
      const wires = wiresInLayer(chamber, layer);
      hits[layer - 1] = layerHits(profile, rate, wires, layer, spread, random);
    }
  }
  return {
    chamber,
    hits,
    trackShare: uniform(random, ...spread.trackShare),
    lumpSize: chance(random, spread.lumpy) ? uniform(random, ...spread.lumpSize) : 1,
  };
}

function layerHits(
  profile: Float64Array,
  rate: number,
  wires: number,
  layer: number,
  spread: HealthySpread,
  random: Random,
): Float64Array {
  const inSuperlayer = layerInSuperlayer(layer);
  const level = rate * (1 + shielding * (inSuperlayer - 2.5)) * (1 + normal(random, 0, spread.layerLevel));
  const smooth = smoothDeviation(wires, spread.layerSmooth, random);
  // Every other layer is staggered by half a cell, so its cells see the mean of two columns.
  const staggered = inSuperlayer % 2 === 0;
  const hits = smooth.map((deviation, wire) => {
    const column = staggered ? (profile[wire]! + profile[Math.max(0, wire - 1)]!) / 2 : profile[wire]!;
    return level * column * Math.exp(deviation + normal(random, 0, spread.wireLevel));
  });
  addCellDefects(hits, spread, random);
  return hits;
}

/** Single cells that no expert would call a layer bad for. */
function addCellDefects(hits: Float64Array, spread: HealthySpread, random: Random): void {
  const anywhere = () => integer(random, 0, hits.length - 1);
  for (let left = poisson(random, spread.deadCells); left > 0; left--) hits[anywhere()] = 0;
  for (let left = poisson(random, spread.weakCells); left > 0; left--)
    hits[anywhere()]! *= uniform(random, 0.1, 0.9);
  for (let left = poisson(random, spread.noisyCells); left > 0; left--) {
    hits[anywhere()]! *= 1 + Math.exp(uniform(random, -1, 1.5));
  }
}

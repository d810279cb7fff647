import {
  type ChamberId,
  layerInSuperlayer,
  layersOfSuperlayer,
  rowsPerChamber,
  superlayersOf,
} from '@dtdqm/contract';
import { type Random, chance, integer, normal, poisson, uniform } from '@dtdqm/contract/random';
import { wireNumbers } from './geometry.ts';
import {
  hitsPerWire,
  referenceLumisections,
  smoothDeviation,
  superlayerProfile,
  type HealthySpread,
} from './profile.ts';

/** What a chamber's wires would count on average, and how counts scatter about that. */
export interface Expectation {
  readonly chamber: ChamberId;
  /**
   * Expected hits of layers 1..12 at index 0..11, of wire n at index n - 1, 0 where a layer begins later (`wireNumbers`); null where there
   * is no layer.
   */
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
    const columns = Math.max(...layers.map((layer) => wireNumbers(chamber, layer).last));
    const profile = superlayerProfile(chamber, superlayer, columns, spread, random);
    const rate =
      level * hitsPerWire(chamber, superlayer) * Math.exp(normal(random, 0, spread.superlayerLevel));
    for (const layer of layers) {
      hits[layer - 1] = layerHits(profile, rate, wireNumbers(chamber, layer), layer, spread, random);
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
  { first, last }: { first: number; last: number },
  layer: number,
  spread: HealthySpread,
  random: Random,
): Float64Array {
  const inSuperlayer = layerInSuperlayer(layer);
  const level = rate * (1 + shielding * (inSuperlayer - 2.5)) * (1 + normal(random, 0, spread.layerLevel));
  const smooth = smoothDeviation(last - first + 1, spread.layerSmooth, random);
  // Every other layer is staggered by half a cell, so its cells see the mean of two columns.
  const staggered = inSuperlayer % 2 === 0;
  const hits = smooth.map((deviation, index) => {
    const column = index + first - 1;
    const above = staggered ? (profile[column]! + profile[Math.max(0, column - 1)]!) / 2 : profile[column]!;
    return level * above * Math.exp(deviation + normal(random, 0, spread.wireLevel));
  });
  addCellDefects(hits, spread, random);
  const byWire = new Float64Array(last);
  byWire.set(hits, first - 1);
  return byWire;
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

import {
  layersOf,
  layersOfSuperlayer,
  superlayerOfLayer,
  superlayersOf,
  type ChamberId,
  type Station,
  type Wheel,
} from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import type { LayerWires } from '../prepare/chamberWires.ts';
import type { FourLayers } from './siblings.ts';

const scratch = new Float64Array(4096);

/** The value below which `share` of the values lie, by Hoare's selection; 0 of none. The values stay as they are. */
export function quantile(values: ArrayLike<number>, count: number, share: number): number {
  if (count === 0) return 0;
  const used = count < scratch.length ? count : scratch.length;
  for (let index = 0; index < used; index++) scratch[index] = values[index]!;
  const wanted = Math.min(used - 1, Math.floor(share * used));
  let low = 0;
  let high = used - 1;
  while (low < high) {
    const pivot = scratch[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (scratch[left]! < pivot) left++;
      while (scratch[right]! > pivot) right--;
      if (left > right) break;
      const swap = scratch[left]!;
      scratch[left] = scratch[right]!;
      scratch[right] = swap;
      left++;
      right--;
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return scratch[wanted]!;
}

export interface SuperlayerLevel {
  /** Logarithm of hits per wire over what the ratio table gives it; the upper two of four layers count. */
  readonly log: number;
  /** Its standard deviation from counting. */
  readonly error: number;
  /** Mean of hits per wire of the upper two layers. */
  readonly mean: number;
}

/** Floor that keeps logarithms finite. */
const leastMean = 0.005;
/** Cells are held at this many times the mean, and a few hits, so that a noisy cell does not lift a layer. */
const held = 4;
const heldHits = 8;

/** Times the second layer from which the highest may be hot, which is beyond the 2 times that networks are trained with, and by so many deviations, where the second and third differ by less than these times. */
const hotFrom = 2.2;
const hotDeviations = 6;
const alike = 1.2;

/**
 * Levels of superlayers in units that are the same for all of a healthy chamber.
 *
 * A layer that is hot, as a half of it that is noisy makes it, is no measure, since all other superlayers would look weak beside it: it stands out from three that
 * are alike, and these are at the other superlayers' level rather than it. Otherwise it is those three that lack.
 *
 * @param superlayers 1..3 at index 0..2; null where there is none.
 */
export function superlayerLevels(
  { station, wheel }: ChamberId,
  superlayers: readonly (FourLayers | null)[],
  dispersion: number,
): (SuperlayerLevel | null)[] {
  const means = superlayers.map((layers) => layers && layers.map(meanOfWires).sort((a, b) => b - a));
  const ratios = [1, 2, 3].map((superlayer) => superlayerRatio(station, wheel, superlayer));
  const isHot = (index: number, wires: number) => {
    const [highest, second, third] = means[index]! as [number, number, number];
    if (highest <= hotFrom * second || second >= alike * third) return false;
    if ((highest - second) * wires <= hotDeviations * Math.sqrt(dispersion * highest * wires + 1))
      return false;
    const others = means.map((own, other) => (own && other !== index ? own[1]! / ratios[other]! : 0));
    // Nearer, as logarithms are.
    return highest * second > (Math.max(...others) * ratios[index]!) ** 2;
  };
  return superlayers.map((layers, index) => {
    if (!layers) return null;
    const wires = layers[0].length;
    const [highest, second] = means[index]! as [number, number];
    const mean = Math.max(0, ((isHot(index, wires) ? second : highest) + second) / 2);
    return {
      log: Math.log((mean + leastMean) / ratios[index]!),
      error: Math.sqrt(dispersion / (2 * mean * wires + 1)),
      mean,
    };
  });
}

/** A layer's usual wire is the one that such a share do not exceed: a dead region may take so much of it, a noisy one the rest. */
const usualShare = 0.6;

/** Mean of a layer without what spikes add: wires that are noisy beside most others count as those do. */
export function meanOfWires(layer: Float64Array): number {
  const usual = quantile(layer, layer.length, usualShare);
  const limit = usual > 0 ? held * usual + heldHits : limitOf(layer);
  const instead = usual > 0 ? usual : limit;
  let sum = 0;
  for (let wire = 0; wire < layer.length; wire++) sum += layer[wire]! < limit ? layer[wire]! : instead;
  return sum / layer.length;
}

function limitOf(layer: Float64Array): number {
  let sum = 0;
  for (let wire = 0; wire < layer.length; wire++) sum += layer[wire]!;
  return (held * sum) / layer.length + heldHits;
}

/** The same for a layer that hardly counts, beside whose noisy cells all else is little: spikes are held down until nothing changes. */
function quietMean(layer: Float64Array): number {
  let limit = Infinity;
  for (let before = Infinity; ;) {
    let sum = 0;
    for (let wire = 0; wire < layer.length; wire++) sum += layer[wire]! < limit ? layer[wire]! : limit;
    const mean = sum / layer.length;
    if (mean > 0.99 * before || mean === 0) return mean;
    before = mean;
    limit = held * mean + heldHits;
  }
}

/**
 * Hits per wire of a chamber as a whole, in units of its superlayer 1. The best superlayer counts, and of that the layer that is second:
 * what is dead or noisy in a part of a chamber is no matter of the whole.
 */
export function chamberLevel({ station, wheel }: ChamberId, layers: LayerWires): number {
  const levels = superlayersOf(station).map((superlayer) => {
    const means = layersOfSuperlayer(superlayer).flatMap((layer) => {
      const hits = layers[layer - 1];
      return hits ? [quietMean(hits)] : [];
    });
    const [first = 0, second = first] = means.sort((a, b) => b - a);
    return second / superlayerRatio(station, wheel, superlayer);
  });
  return Math.max(...levels);
}

/** Hits of all wires of a healthy chamber at a level as {@link chamberLevel} gives it. */
export function hitsAtLevel({ station, wheel }: ChamberId, layers: LayerWires, level: number): number {
  return sumOf(
    layersOf(station),
    (layer) =>
      level * superlayerRatio(station, wheel, superlayerOfLayer(layer)) * (layers[layer - 1]?.length ?? 0),
  );
}

/**
 * Hits per wire of superlayers 1, 2, 3 over superlayer 1 in healthy chambers, by station and |wheel|. Source: real runs
 * 272011-304740; theta layers differ by 15-30 %, the outer phi superlayer of MB1 is shielded by the inner one. MB4
 * has no theta and is not measured: its two phi superlayers are taken to be nearly equal.
 */
const ratios: Readonly<Record<Station, readonly (readonly [number, number, number])[]>> = {
  1: [
    [1, 0.82, 0.88],
    [1, 0.8, 0.88],
    [1, 0.73, 0.86],
  ],
  2: [
    [1, 1.0, 0.95],
    [1, 1.01, 0.94],
    [1, 1.04, 0.93],
  ],
  3: [
    [1, 1.25, 0.94],
    [1, 1.27, 0.94],
    [1, 1.23, 0.93],
  ],
  4: [
    [1, 1, 0.97],
    [1, 1, 0.97],
    [1, 1, 0.97],
  ],
};

export function superlayerRatio(station: Station, wheel: Wheel, superlayer: number): number {
  return ratios[station][Math.abs(wheel)]![superlayer - 1]!;
}

/** Sums over a layer, with spikes held down. */
interface Totals {
  found: number;
  expected: number;
  /** Height of the worst spike in standard deviations above four; 0 none. */
  spike: number;
}

/** A cell counts at most this many times what is expected of it, and a few hits. */
const cellHeld = 2;
const cellHeldHits = 4;
/** Spikes below this many standard deviations are none. */
const spikeFrom = 4;

export function noTotals(): Totals {
  return { found: 0, expected: 0, spike: 0 };
}

export function addUp(hits: Float64Array, expected: Float64Array, dispersion: number, into: Totals): void {
  let found = 0;
  let sum = 0;
  let spike = 0;
  for (let wire = 0; wire < hits.length; wire++) {
    const own = hits[wire]!;
    const wanted = expected[wire]!;
    const limit = cellHeld * wanted + cellHeldHits;
    sum += wanted;
    if (own < limit) found += own;
    else {
      found += limit;
      const height = (own - wanted) / Math.sqrt(dispersion * (wanted > 0 ? wanted : 0) + 1) - spikeFrom;
      if (height > spike) spike = height;
    }
  }
  into.found = found;
  into.expected = sum;
  into.spike = spike;
}

export function logRatio(found: number, expected: number): number {
  return Math.log((positive(found) + 0.5) / (positive(expected) + 0.5));
}

/** Saliency adds noise to hits, which may take sums below 0. */
export function positive(value: number): number {
  return value > 0 ? value : 0;
}

/**
 * Hits of a layer, and of the middle one of its siblings: one that is dead or hot as a whole is no measure. Spikes are held down.
 *
 * @param aligned the four layers by column.
 */
export function middleOfSiblings(aligned: FourLayers, own: number): { found: number; middle: number } {
  const of = (layer: number) => meanOfWires(aligned[layer & 3]!) * aligned[layer & 3]!.length;
  const [a, b, c] = [of(own + 1), of(own + 2), of(own + 3)];
  return { found: of(own), middle: Math.max(Math.min(a, b), Math.min(Math.max(a, b), c)) };
}

import type { ChamberId, Superlayer } from '@dtdqm/contract';
import type { FourLayers } from './siblings.ts';
import { superlayerRatio } from './superlayerRatios.ts';

export interface SuperlayerLevel {
  /** Logarithm of hits per wire over what the ratio table gives it; the upper two of four layers count. */
  readonly log: number;
  /** Its standard deviation from counting. */
  readonly error: number;
  /** The upper two layers (0..3), and their mean of hits per wire. */
  readonly upper: readonly [number, number];
  readonly mean: number;
}

/** Floor that keeps logarithms finite. */
const leastMean = 0.005;
/** Cells are held at this many times the mean, and a few hits, so that a noisy cell does not lift a layer. */
const held = 4;
const heldHits = 8;

/** Level of a superlayer in units that are the same for all superlayers of a healthy chamber. */
export function superlayerLevel(
  chamber: ChamberId,
  superlayer: Superlayer,
  layers: FourLayers,
  dispersion: number,
): SuperlayerLevel {
  let first = 0;
  let second = -1;
  const means = [
    meanOfWires(layers[0]),
    meanOfWires(layers[1]),
    meanOfWires(layers[2]),
    meanOfWires(layers[3]),
  ];
  for (let own = 1; own < 4; own++) {
    if (means[own]! > means[first]!) {
      second = first;
      first = own;
    } else if (second < 0 || means[own]! > means[second]!) second = own;
  }
  const mean = Math.max(0, (means[first]! + means[second]!) / 2);
  const hits = 2 * mean * layers[0].length;
  const ratio = superlayerRatio(chamber.station, chamber.wheel, superlayer);
  return {
    log: Math.log((mean + leastMean) / ratio),
    error: Math.sqrt(dispersion / (hits + 1)),
    upper: [first, second],
    mean,
  };
}

/** Mean of a layer without what spikes add. */
export function meanOfWires(layer: Float64Array): number {
  const limit = limitOf(layer);
  let sum = 0;
  for (let wire = 0; wire < layer.length; wire++) sum += layer[wire]! < limit ? layer[wire]! : limit;
  return sum / layer.length;
}

function limitOf(layer: Float64Array): number {
  let sum = 0;
  for (let wire = 0; wire < layer.length; wire++) sum += layer[wire]!;
  return (held * sum) / layer.length + heldHits;
}

/** Derivatives of a level's `log` and `error` by its `mean`. */
export function levelSlopes(
  { mean }: SuperlayerLevel,
  wires: number,
  dispersion: number,
): [log: number, error: number] {
  const hits = 2 * mean * wires;
  return [1 / (mean + leastMean), -wires * Math.sqrt(dispersion) * (hits + 1) ** -1.5];
}

/** Takes a gradient by `mean` on to the hits of the four layers, added to `into`. */
export function pullLevel(
  { upper }: SuperlayerLevel,
  layers: FourLayers,
  gradient: number,
  into: readonly Float64Array[],
): void {
  if (gradient === 0) return;
  for (const own of upper) {
    const layer = layers[own]!;
    const limit = limitOf(layer);
    const perCell = gradient / (2 * layer.length);
    let limited = 0;
    for (let wire = 0; wire < layer.length; wire++) if (layer[wire]! >= limit) limited++;
    const perLimit = (limited * held * perCell) / layer.length;
    for (let wire = 0; wire < layer.length; wire++) {
      into[own]![wire]! += layer[wire]! < limit ? perCell + perLimit : perLimit;
    }
  }
}

import { scoresOf } from '../faults/judge.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import type { LoadedModel } from '../model/loadedModel.ts';

/** What is explained, and with how much effort. Everything is deterministic: same options, same attributions. */
export interface SaliencyOptions {
  /**
   * Layer 1..12 whose logit(bad) - logit(good) is explained, over all wires of the chamber. Without it the sum over all
   * layers of the chamber is: each wire then holds what it does to its own layer and to its neighbours.
   */
  readonly layer?: number | undefined;
  /** Of the noise of `smoothgrad`; each chamber's noise depends on it and on the chamber alone. Default 0. */
  readonly seed?: number | undefined;
  /** Passes of `smoothgrad` (default 50) and steps of `integrated-gradients` (default in its file). */
  readonly passes?: number | undefined;
}

/** One value for each wire of each chamber; null where there is no layer. */
export type Saliency = (
  model: LoadedModel,
  chambers: readonly ChamberWires[],
  options: SaliencyOptions,
) => LayerWires[];

/** Twelve rows of zeros, one for each wire; null where there is no layer. */
export function zerosLike({ layers }: ChamberWires): LayerWires {
  return layers.map((wires) => (wires ? new Float64Array(wires.length) : null));
}

/**
 * The healthy chamber to compare with: the preprocessing's own, else every layer flat at its level.
 *
 * Not zero: a dead wire has zero hits, so against a baseline of zeros it has nothing to explain anything with, and the
 * live wires around it get the blame.
 *
 * @param suspicious by row: a layer that must have something to explain becomes flat where the preprocessing found
 * nothing to heal in it.
 */
export function baselineOf(
  preprocessing: Preprocessing,
  chamber: ChamberWires,
  suspicious: (row: number) => boolean = () => false,
): ChamberWires {
  const own = preprocessing.baseline?.(chamber);
  if (!own) return { ...chamber, layers: chamber.layers.map((wires) => wires && flat(wires)) };
  const isMissed = (row: number) => suspicious(row) && own.layers[row] === chamber.layers[row];
  if (!own.layers.some((_, row) => isMissed(row))) return own;
  return { ...own, layers: own.layers.map((wires, row) => (wires && isMissed(row) ? flat(wires) : wires)) };
}

/** A layer without shape, at its own level. */
export function flat(wires: Float64Array): Float64Array {
  return new Float64Array(wires.length).fill(levelOf(wires));
}

/** A layer's usual hits a wire: the median of the wires that count, which neither dead nor noisy cells move. */
export function levelOf(wires: Float64Array): number {
  const counting = wires.filter((hits) => hits > 0).sort();
  const middle = counting.length >> 1;
  const odd = counting.length % 2 === 1;
  if (odd) return counting[middle]!;
  return ((counting[middle - 1] ?? 0) + (counting[middle] ?? 0)) / 2;
}

/** Share of the limit for bad from which a layer is worth a close look: all but a few stay below. */
const shareOfLimit = 0.5;

/** By chamber and row, whether the model finds the layer at least suspicious. */
export function suspiciousLayers(
  { metadata, preprocessing, network }: LoadedModel,
  chambers: readonly ChamberWires[],
): boolean[][] {
  const samples = preprocessing.prepare(chambers);
  const differences = network.differences(samples.tensors, samples.layers.length);
  const scores = scoresOf(samples, differences, chambers.length, metadata.calibration);
  return scores.map((own) => own.map((score) => score >= shareOfLimit * metadata.thresholds.bad));
}

/** The healthy chambers that chambers are compared with; see {@link baselineOf}. */
export function baselinesOf(
  model: LoadedModel,
  chambers: readonly ChamberWires[],
  suspicious: readonly (readonly boolean[])[] = suspiciousLayers(model, chambers),
): ChamberWires[] {
  return chambers.map((chamber, index) =>
    baselineOf(model.preprocessing, chamber, (row) => suspicious[index]![row]!),
  );
}

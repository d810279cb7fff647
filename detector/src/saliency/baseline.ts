import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';

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

function flat(wires: Float64Array): Float64Array {
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

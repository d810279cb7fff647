import type { ChamberWires } from '../prepare/chamberWires.ts';
import { roomFor } from '../prepare/memory.ts';
import { meanOfWires } from './levels.ts';

/**
 * Hits per wire beyond which more of them say nothing new: at 1,500 a cell is counted to 2.6 %, which is what
 * healthy wires differ by anyway. A long run counts millions, and what is significant by counting alone is not a fault.
 */
const mostHits = 1500;

/** Layers that may count more: a cell that fires all the time lifts the mean of its layer to anything. */
const passedOver = 2;

/** By what the hits of a chamber are multiplied before they are judged: 1, but in long runs. */
export function thinningOf({ layers }: ChamberWires): number {
  const means = layers.flatMap((hits) => (hits ? [meanOfWires(hits)] : [])).filter((mean) => mean > mostHits);
  if (means.length <= passedOver) return 1;
  return mostHits / means.sort((a, b) => b - a)[passedOver]!;
}

/** The same chamber as a shorter run would have counted it, fractions of hits kept; itself when nothing is to be done. */
export function thinned(chamber: ChamberWires, factor: number): ChamberWires {
  if (factor === 1) return chamber;
  return { ...chamber, layers: chamber.layers.map((hits) => hits && times(hits, factor)) };
}

function times(hits: Float64Array, factor: number): Float64Array {
  const product = roomFor(hits.length);
  for (let wire = 0; wire < hits.length; wire++) product[wire] = factor * hits[wire]!;
  return product;
}

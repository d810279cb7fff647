import type { LayerWires } from '../prepare/chamberWires.ts';
import { roomFor } from '../prepare/memory.ts';
import type { FourLayers } from './siblings.ts';

/**
 * The four layers of a superlayer (0..2). Where one is missing, the mean of the other three stands in for it, so that these can
 * still be compared with each other; it is not judged itself. Null when more are missing: what two say of each other
 * does not tell which of them is sick.
 */
export function fourLayers(layers: LayerWires, superlayer: number): FourLayers | null {
  const four = layers.slice(4 * superlayer, 4 * superlayer + 4);
  const present = four.filter((layer) => layer !== null);
  if (present.length < 3 || four.length < 4) return null;
  return four.map((layer) => layer ?? meanOf(present)) as unknown as FourLayers;
}

function meanOf(others: readonly Float64Array[]): Float64Array {
  const mean = roomFor(Math.max(...others.map(({ length }) => length)));
  for (const other of others) {
    for (let wire = 0; wire < mean.length; wire++) {
      mean[wire]! += other[Math.min(wire, other.length - 1)]! / others.length;
    }
  }
  return mean;
}

/** Rows to add gradients to, those of layers that others stand in for included. */
export function rowsWithStandIns(
  rows: readonly (Float64Array | null)[],
  superlayers: readonly ({ readonly layers: FourLayers } | null)[],
): readonly (Float64Array | null)[] {
  return rows.map((row, index) => {
    const layer = superlayers[index >> 2]?.layers[index & 3];
    return row ?? (layer ? new Float64Array(layer.length) : null);
  });
}

/** Takes the gradients of layers that others stand in for on to those others. */
export function pullStandIns(
  complete: readonly (Float64Array | null)[],
  into: readonly (Float64Array | null)[],
): void {
  complete.forEach((gradient, index) => {
    if (!gradient || into[index]) return;
    const first = 4 * (index >> 2);
    const others = into.slice(first, first + 4).filter((row) => row !== null);
    for (const other of others) {
      gradient.forEach((value, wire) => (other[Math.min(wire, other.length - 1)]! += value / others.length));
    }
  });
}

import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { meanOfWires } from './levels.ts';
import { reachFor, smooth } from './siblings.ts';

/**
 * Hits that recent good runs let expect of every wire, scaled to the level of this run.
 *
 * @returns layers 1..12 at index 0..11; null where there is no layer; undefined when there is no usable past.
 */
export function expectFromHistory({ layers, history }: ChamberWires): LayerWires | undefined {
  const usable = history.filter((past) =>
    layers.every((layer, row) => (past[row]?.length ?? 0) === (layer?.length ?? 0)),
  );
  if (usable.length === 0) return undefined;
  const sums = layers.map((layer, row) => layer && sumUp(usable, row, layer.length));
  const ratios = layers.flatMap((layer, row) => {
    const past = sums[row];
    return layer && past && meanOfWires(past) > 0 ? [meanOfWires(layer) / meanOfWires(past)] : [];
  });
  if (ratios.length === 0) return undefined;
  // Faults only ever lower a layer, so the healthy level is that of the upper layers.
  const scale = ratios.sort((a, b) => a - b)[Math.floor(0.7 * (ratios.length - 1))]!;
  return sums.map((past) => {
    if (!past) return null;
    const expected = past.map((hits) => hits * scale);
    smooth(expected, reachFor(meanOfWires(past)));
    return expected;
  });
}

function sumUp(history: readonly LayerWires[], row: number, wires: number): Float64Array {
  const sum = new Float64Array(wires);
  for (const past of history) {
    for (let wire = 0; wire < wires; wire++) sum[wire]! += past[row]![wire]!;
  }
  return sum;
}

import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { meanOfWires } from './levels.ts';
import { reachFor, smooth } from './siblings.ts';

/** What good runs before let expect of a chamber. */
export interface Past {
  /** Hits of every wire of layers 1..12 at index 0..11, scaled to the level of this run; null where there is no layer. */
  readonly expected: LayerWires;
  /** What those runs counted, summed up. */
  readonly hits: LayerWires;
  /** How many runs that is; what one alone drifted by does not average out. */
  readonly runs: number;
  /** Hits of this run over those of the past that the expectation was made of. */
  readonly scale: number;
  /** Logarithm of this run's level over what its length lets expect; undefined when that length is not known. */
  readonly level: number | undefined;
}

/**
 * @param thinning what the hits of this run were multiplied by, see `thinned.ts`.
 * @returns undefined when there is no usable past.
 */
export function expectFromHistory(
  { layers, history, exposures }: ChamberWires,
  thinning: number,
): Past | undefined {
  const usable = history.flatMap((past, index) =>
    layers.every((layer, row) => (past[row]?.length ?? 0) === (layer?.length ?? 0)) ? [index] : [],
  );
  if (usable.length === 0) return undefined;
  const sums = layers.map(
    (layer, row) =>
      layer &&
      sumUp(
        usable.map((index) => history[index]!),
        row,
        layer.length,
      ),
  );
  const ratios = layers.flatMap((layer, row) => {
    const past = sums[row];
    return layer && past && meanOfWires(past) > 0 ? [meanOfWires(layer) / meanOfWires(past)] : [];
  });
  if (ratios.length === 0) return undefined;
  // Faults only ever lower a layer, so the healthy level is that of the upper layers.
  const scale = ratios.sort((a, b) => a - b)[Math.floor(0.7 * (ratios.length - 1))]!;
  const exposure = exposures && usable.reduce((sum, index) => sum + exposures[index]!, 0);
  return {
    runs: usable.length,
    scale,
    hits: sums,
    expected: sums.map((past) => {
      if (!past) return null;
      const expected = past.map((hits) => hits * scale);
      smooth(expected, reachFor(meanOfWires(past)));
      return expected;
    }),
    level: exposure === undefined ? undefined : Math.log((Math.max(scale, leastScale) * exposure) / thinning),
  };
}

/** Keeps the logarithm finite in a chamber that does not count at all. */
const leastScale = 1e-6;

function sumUp(history: readonly LayerWires[], row: number, wires: number): Float64Array {
  const sum = new Float64Array(wires);
  for (const past of history) {
    for (let wire = 0; wire < wires; wire++) sum[wire]! += past[row]![wire]!;
  }
  return sum;
}

/** Superlayers seen as four rows; the cells that a row lacks count as absent. */
export type FourLayers = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/**
 * Hits that the siblings of a layer let expect in each of its cells.
 *
 * Of the three siblings the lowest is left out, so that a layer is still seen when a sibling has the same fault, and the
 * highest is held near the middle one, so that a noisy sibling cell does not pass for normal. Where there are few hits,
 * neighbouring cells are averaged.
 *
 * @param own index 0..3 of the layer.
 * @param into one value per wire of that layer.
 */
export function expectFromSiblings(layers: FourLayers, own: number, into: Float64Array): void {
  const a = layers[(own + 1) & 3]!;
  const b = layers[(own + 2) & 3]!;
  const c = layers[(own + 3) & 3]!;
  const wires = into.length;
  let total = 0;
  for (let wire = 0; wire < wires; wire++) {
    into[wire] = upperMean(cell(a, wire), cell(b, wire), cell(c, wire));
    total += into[wire]!;
  }
  smooth(into, reachFor(total / wires));
}

/** The outermost cell stands in for cells beyond a shorter layer's end. */
function cell(layer: Float64Array, wire: number): number {
  return layer[wire < layer.length ? wire : layer.length - 1]!;
}

/** Mean of the upper two of three counts, less what choosing them adds to Poisson counts. */
function upperMean(a: number, b: number, c: number): number {
  const low = a < b ? (a < c ? a : c) : b < c ? b : c;
  const high = a > b ? (a > c ? a : c) : b > c ? b : c;
  const middle = a + b + c - low - high;
  const limit = 1.5 * middle + 4;
  const mean = (middle + (high < limit ? high : limit)) / 2;
  // Of three equal normal counts the upper two lie 0.42 sd above the mean, siblings share part of their scatter.
  return mean - 0.35 * Math.sqrt(mean);
}

/** Cells to either side that are averaged: the fewer hits, the more. */
export function reachFor(hitsPerCell: number): number {
  if (hitsPerCell > 30) return 0;
  if (hitsPerCell > 10) return 1;
  return hitsPerCell > 3 ? 2 : 4;
}

const scratch = new Float64Array(512);

/** Running mean over `reach` cells to either side, fewer at the ends; in place. */
export function smooth(values: Float64Array, reach: number): void {
  if (reach === 0) return;
  const length = values.length;
  scratch[0] = 0;
  for (let index = 0; index < length; index++) scratch[index + 1] = scratch[index]! + values[index]!;
  for (let index = 0; index < length; index++) {
    const from = index - reach < 0 ? 0 : index - reach;
    const to = index + reach + 1 > length ? length : index + reach + 1;
    values[index] = (scratch[to]! - scratch[from]!) / (to - from);
  }
}

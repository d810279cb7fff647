/** The four layers of a superlayer, inner to outer. */
export type FourLayers = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** Of three equal counts the upper two lie 0.42 sd above their mean; siblings share part of their scatter. Times sd, 0 at 0. */
const choiceBias = 0.35;

/**
 * Hits that its siblings let expect in each cell of a layer.
 *
 * Of the three siblings the lowest is left out, so that a layer is still seen when a sibling has the same fault, and the
 * highest is held near the middle one, so that a noisy sibling cell does not pass for normal. Where there are few hits,
 * neighbouring cells are averaged.
 *
 * @param own index 0..3 of the layer.
 * @param into one value per wire of that layer.
 * @returns cells to either side that were averaged, see {@link smooth}.
 */
export function expectFromSiblings(layers: FourLayers, own: number, into: Float64Array): number {
  const a = layers[(own + 1) & 3]!;
  const b = layers[(own + 2) & 3]!;
  const c = layers[(own + 3) & 3]!;
  const wires = into.length;
  let total = 0;
  for (let wire = 0; wire < wires; wire++) {
    const mean = upperMean(cell(a, wire), cell(b, wire), cell(c, wire));
    into[wire] = mean - choiceBias * (Math.sqrt(mean > 0 ? mean + 0.25 : 0.25) - 0.5);
    total += into[wire]!;
  }
  const reach = reachFor(total / wires);
  smooth(into, reach);
  return reach;
}

/** The outermost cell stands in for cells beyond a shorter layer's end. */
function cell(layer: Float64Array, wire: number): number {
  return layer[wire < layer.length ? wire : layer.length - 1]!;
}

function upperMean(a: number, b: number, c: number): number {
  const low = a < b ? (a < c ? a : c) : b < c ? b : c;
  const high = a > b ? (a > c ? a : c) : b > c ? b : c;
  const middle = a + b + c - low - high;
  const limit = 1.5 * middle + 4;
  return (middle + (high < limit ? high : limit)) / 2;
}

/**
 * Cells to either side that are averaged, fractional: the fewer hits, the more. Falls without jumps, so that small changes
 * of hits make small changes of expectation.
 */
export function reachFor(hitsPerCell: number): number {
  const reach = 6 / Math.sqrt(hitsPerCell + 1) - 1;
  return reach < 0 ? 0 : reach > 4 ? 4 : reach;
}

const source = new Float64Array(512);
/** Sums of all values before an index. */
const before = new Float64Array(513);

/** Running mean over `reach` cells to either side, the outermost in part, fewer at the ends; in place. */
export function smooth(values: Float64Array, reach: number): void {
  if (reach <= 0) return;
  const length = values.length;
  const whole = Math.floor(reach);
  const part = reach - whole;
  for (let index = 0; index < length; index++) {
    source[index] = values[index]!;
    before[index + 1] = before[index]! + values[index]!;
  }
  for (let index = 0; index < length; index++) {
    const from = index - whole;
    const to = index + whole;
    let sum = before[to < length ? to + 1 : length]! - before[from > 0 ? from : 0]!;
    let weight = (to < length ? to + 1 : length) - (from > 0 ? from : 0);
    if (from > 0) {
      sum += part * source[from - 1]!;
      weight += part;
    }
    if (to + 1 < length) {
      sum += part * source[to + 1]!;
      weight += part;
    }
    values[index] = sum / weight;
  }
}

/** The transpose of {@link smooth}, in place. */
export function smoothTransposed(values: Float64Array, reach: number): void {
  if (reach <= 0) return;
  const length = values.length;
  const whole = Math.floor(reach);
  const part = reach - whole;
  source.set(values);
  values.fill(0);
  for (let index = 0; index < length; index++) {
    let weight = 0;
    for (let shift = -whole - 1; shift <= whole + 1; shift++) {
      if (index + shift < 0 || index + shift >= length) continue;
      weight += shift < -whole || shift > whole ? part : 1;
    }
    const gradient = source[index]! / weight;
    for (let shift = -whole - 1; shift <= whole + 1; shift++) {
      const to = index + shift;
      if (to < 0 || to >= length) continue;
      values[to]! += (shift < -whole || shift > whole ? part : 1) * gradient;
    }
  }
}

/**
 * Takes a gradient by the expectation of layer `own` on to the siblings' hits. The reach is taken as fixed.
 *
 * @param gradient by expected hits; used up.
 * @param into the four layers' gradients, added to.
 */
export function pullSiblings(
  layers: FourLayers,
  own: number,
  gradient: Float64Array,
  reach: number,
  into: readonly Float64Array[],
): void {
  const [a, b, c] = [(own + 1) & 3, (own + 2) & 3, (own + 3) & 3] as const;
  smoothTransposed(gradient, reach);
  for (let wire = 0; wire < gradient.length; wire++) {
    if (gradient[wire] === 0) continue;
    const [x, y, z] = [cell(layers[a]!, wire), cell(layers[b]!, wire), cell(layers[c]!, wire)];
    const high = x >= y && x >= z ? a : y >= z ? b : c;
    const low = x < y && x <= z && high !== a ? a : y <= z && high !== b ? b : high !== c ? c : y < x ? b : a;
    const middle = a + b + c - high - low;
    const highHits = cell(layers[high]!, wire);
    const middleHits = x + y + z - highHits - cell(layers[low]!, wire);
    const limited = highHits >= 1.5 * middleHits + 4;
    const mean = limited ? 1.25 * middleHits + 2 : (middleHits + highHits) / 2;
    const perMean = gradient[wire]! * (1 - (0.5 * choiceBias) / Math.sqrt(Math.max(mean, 0) + 0.25));
    addAt(into[middle]!, wire, (limited ? 1.25 : 0.5) * perMean);
    if (!limited) addAt(into[high]!, wire, 0.5 * perMean);
  }
}

function addAt(layer: Float64Array, wire: number, value: number): void {
  layer[wire < layer.length ? wire : layer.length - 1]! += value;
}

import { mean } from '@dtdqm/contract/numbers';
import { zeros } from '../prepare/arrayPool.ts';
import type { LayerWires } from '../prepare/chamberWires.ts';
import { atWires, onColumns, type Grid, type OfFour } from '../prepare/grid.ts';

/** The four layers of a superlayer, inner to outer. */
export type FourLayers = OfFour<Float64Array>;

/** Cells to either side that are averaged in each layer. */
export type Reaches = readonly [number, number, number, number];

/** Of three equal counts the upper two lie 0.42 sd above their mean; siblings share part of their scatter. Times sd, 0 at 0. */
const choiceBias = 0.35;

/** The four layers by column of their superlayer, see `onColumns`. */
export function byColumn([a, b, c, d]: FourLayers, grid: Grid): FourLayers {
  return [onColumns(a, grid, 0), onColumns(b, grid, 1), onColumns(c, grid, 2), onColumns(d, grid, 3)];
}

/**
 * Hits that its siblings let expect in each cell of each layer.
 *
 * Of the three siblings the lowest is left out, so that a layer is still seen when a sibling has the same fault, and the
 * highest is held near the middle one, so that a noisy sibling cell does not pass for normal. Where there are few hits,
 * neighbouring cells are averaged.
 *
 * @param layers by column.
 * @param held cells to average, instead of what the hits call for.
 * @returns one value per wire of each layer, and the cells to either side that were averaged for it, see {@link smooth}.
 */
export function expectFromSiblings(
  layers: FourLayers,
  grid: Grid,
  held?: Reaches,
): { siblings: FourLayers; reach: Reaches } {
  const [a, b, c, d] = layers;
  const { width } = grid;
  const forA = zeros(width);
  const forB = zeros(width);
  const forC = zeros(width);
  const forD = zeros(width);
  for (let column = 0; column < width; column++) {
    const hitsA = a[column]!;
    const hitsB = b[column]!;
    const hitsC = c[column]!;
    const hitsD = d[column]!;
    const sumAB = hitsA + hitsB;
    const sumCD = hitsC + hitsD;
    const spreadAB = Math.abs(hitsA - hitsB);
    const spreadCD = Math.abs(hitsC - hitsD);
    const highAB = 0.5 * (sumAB + spreadAB);
    const lowAB = 0.5 * (sumAB - spreadAB);
    const highCD = 0.5 * (sumCD + spreadCD);
    const lowCD = 0.5 * (sumCD - spreadCD);
    forA[column] = ofThree(hitsB, lowCD, highCD);
    forB[column] = ofThree(hitsA, lowCD, highCD);
    forC[column] = ofThree(hitsD, lowAB, highAB);
    forD[column] = ofThree(hitsC, lowAB, highAB);
  }
  const siblings: FourLayers = [
    atWires(forA, grid, 0),
    atWires(forB, grid, 1),
    atWires(forC, grid, 2),
    atWires(forD, grid, 3),
  ];
  const reach: Reaches = held ?? [
    reachFor(mean(siblings[0])),
    reachFor(mean(siblings[1])),
    reachFor(mean(siblings[2])),
    reachFor(mean(siblings[3])),
  ];
  for (let own = 0; own < 4; own++) smooth(siblings[own]!, reach[own]!);
  return { siblings, reach };
}

/**
 * What three siblings let expect. Greater and lesser are written as sums of magnitudes, since which of two cells counts more
 * cannot be foretold, and a jump taken wrongly costs more than the arithmetic; of whole numbers they are exact.
 */
function ofThree(one: number, low: number, high: number): number {
  const sumLow = one + low;
  const aboveLow = 0.5 * (sumLow + Math.abs(one - low));
  const most = 0.5 * (aboveLow + high + Math.abs(aboveLow - high));
  const middle = 0.5 * (aboveLow + high - Math.abs(aboveLow - high));
  const limit = 1.5 * middle + 4;
  const mean = 0.5 * (middle + 0.5 * (most + limit - Math.abs(most - limit)));
  return mean - choiceBias * (Math.sqrt(0.5 * (mean + Math.abs(mean)) + 0.25) - 0.5);
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
  // All cells but those near the ends have as much on either side.
  const inner = Math.min(whole + 1, length);
  const outer = Math.max(inner, length - whole - 1);
  const share = 1 / (2 * whole + 1 + 2 * part);
  for (let index = inner; index < outer; index++) {
    const sum = before[index + whole + 1]! - before[index - whole]!;
    values[index] = share * (sum + part * (source[index - whole - 1]! + source[index + whole + 1]!));
  }
  for (let index = 0; index < inner; index++) values[index] = smoothedAt(index, length, whole, part);
  for (let index = outer; index < length; index++) values[index] = smoothedAt(index, length, whole, part);
}

function smoothedAt(index: number, length: number, whole: number, part: number): number {
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
  return sum / weight;
}

/**
 * The four layers of a superlayer (0..2), by wire. Where one is missing, the mean of the other three stands in for it, so that these can
 * still be compared with each other; it is not judged itself. Null when there is no grid.
 */
export function fourLayersOf(layers: LayerWires, grid: Grid | null, superlayer: number): FourLayers | null {
  if (!grid) return null;
  const four = layers.slice(4 * superlayer, 4 * superlayer + 4);
  if (four.every((layer) => layer !== null)) return four as unknown as FourLayers;
  const others = four.flatMap((layer, own) => (layer ? [onColumns(layer, grid, own)] : []));
  if (others.length < 3) return null;
  const mean = zeros(grid.width);
  for (const other of others) {
    for (let column = 0; column < mean.length; column++) mean[column]! += other[column]! / others.length;
  }
  return four.map((layer) => layer ?? mean) as unknown as FourLayers;
}

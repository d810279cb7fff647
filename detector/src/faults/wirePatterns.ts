import { layersPerSuperlayer } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import type { ChamberView, SuperlayerView } from '../features/chamberView.ts';
import { fitTrend, trend, trendSpread, type Reference } from '../features/reference.ts';
import { byColumn, fourLayersOf, type FourLayers } from '../features/siblings.ts';
import { zeros } from '../prepare/arrayPool.ts';
import { atWires, onColumns } from '../prepare/grid.ts';

/** What every wire of a layer is expected to count where it stands, and how counts scatter about that. */
export interface WirePattern {
  /** Hits by wire. */
  readonly expected: Float64Array;
  /** Variance over mean; below 1 where siblings tell of the muons that they share. */
  readonly noise: number;
}

/**
 * What tells how many hits a wire has beyond what its column is expected to have, all in sd of counting: the sibling that is staggered alike; the other two,
 * which see its muons in two columns, in its own one, the one beside it, and that on the other side; its own past; its siblings' past.
 */
const sources = { ofRun: 4, withPast: 6 };
/** No wire says more, sd: beyond, it is dead or noisy by itself and tells nothing of others. */
const most = 4;
/** Wires of the chamber that say beforehand that no source tells anything. */
const doubt = 20;
const leastNoise = 0.25;
/** Hits, and share of what is expected of its column, that are expected of any wire at least. */
const leastHits = 0.05;
const leastShare = 0.2;
/** Columns below which nothing can be told of a shape. */
const leastColumns = 8;

interface Layer {
  /** 0..11. */
  readonly row: number;
  readonly superlayer: SuperlayerView;
  /** By column: what is expected, and what was found beyond, sd. */
  readonly base: Float64Array;
  readonly beyond: Float64Array;
  /** By source, by column. */
  readonly told: readonly Float64Array[];
  /** By column: what a wire that has something of its own always counted, at the level of this run; NaN where it has not. */
  readonly always: Float64Array | undefined;
}

/**
 * Beside what they always do, wires of a superlayer count too much and too little together, as its layers count the same muons. How far each source is to be
 * believed in that the chamber tells, all of its layers at once: least squares.
 *
 * @param references by superlayer, as `fingerprintsOf` has them.
 * @returns of layers 1..12 at index 0..11; undefined where nothing is known.
 */
export function wirePatterns(
  view: ChamberView,
  references: readonly (readonly Reference[] | null)[],
): (WirePattern | undefined)[] {
  const layers = view.superlayers.flatMap((superlayer, index) =>
    superlayer && superlayer.grid.width >= leastColumns
      ? layersIn(view, superlayer, index, references[index]!)
      : [],
  );
  const { shares, noise } = believedShares(layers, view.history ? sources.withPast : sources.ofRun);
  const patterns: (WirePattern | undefined)[] = view.columns.map(() => undefined);
  for (const { row, superlayer, base, told, always } of layers) {
    const expected = zeros(base.length);
    for (let source = 0; source < shares.length; source++) add(told[source]!, shares[source]!, expected);
    for (let column = 0; column < expected.length; column++) {
      const hits = base[column]!;
      const isOdd = always !== undefined && !Number.isNaN(always[column]!);
      const wanted = isOdd ? always[column]! : hits + Math.sqrt(hits) * expected[column]!;
      expected[column] = Math.max(leastShare * hits, wanted);
    }
    patterns[row] = { expected: atWires(expected, superlayer.grid, row % layersPerSuperlayer), noise };
  }
  return patterns;
}

function layersIn(
  view: ChamberView,
  superlayer: SuperlayerView,
  index: number,
  references: readonly Reference[],
): Layer[] {
  const { aligned, grid } = superlayer;
  const counted = view.history && fourLayersOf(view.history.counted, grid, index);
  const past = counted && byColumn(counted, grid);
  const totals = aligned.map(sum);
  return [0, 1, 2, 3].flatMap((own) => {
    const row = layersPerSuperlayer * index + own;
    if (!view.columns[row]) return [];
    const found = totals[own]!;
    const shape = onColumns(references[own]!.expected, grid, own);
    const base = times(shape, found / Math.max(sum(shape), 1e-9), leastHits);
    const perDeviation = zeros(base.length);
    for (let column = 0; column < base.length; column++) perDeviation[column] = 1 / Math.sqrt(base[column]!);
    const beyond = (layer: number) =>
      deviations(aligned[layer]!, found / Math.max(totals[layer]!, 1), base, perDeviation);
    const [one, other] = own % 2 ? [0, 2] : [1, 3];
    const others = beyond(one);
    add(beyond(other), 1, others);
    const beside = own % 2 ? -1 : 1;
    const told = [beyond(own ^ 2), others, moved(others, beside), moved(others, -beside)];
    const before = past && ofPast(past, own, base, found);
    if (before)
      told.push(
        deviations(before.own, 1, base, perDeviation),
        deviations(before.siblings, 1, base, perDeviation),
      );
    return [{ row, superlayer, base, beyond: beyond(own), told, always: before?.always }];
  });
}

/** What the layer counted in runs before, and its siblings did, at the level of this run, drifted as the superlayer did since. */
function ofPast(past: FourLayers, own: number, base: Float64Array, found: number) {
  const siblings = zeros(base.length);
  for (let layer = 0; layer < layersPerSuperlayer; layer++) if (layer !== own) add(past[layer]!, 1, siblings);
  const [ofOwn, ofSiblings] = [past[own]!, siblings].map((hits) => found / Math.max(sum(hits), 1)) as [
    number,
    number,
  ];
  const scaled = { own: times(past[own]!, ofOwn), siblings: times(siblings, ofSiblings) };
  fitTrend(base, scaled.siblings, 1 + ofSiblings, trendSpread);
  const always = zeros(base.length);
  for (let column = 0; column < base.length; column++) {
    const along = (2 * column) / (base.length - 1) - 1;
    const drift = Math.exp(trend.slope * along + trend.arch * (2 * along * along - 1));
    scaled.siblings[column]! *= drift;
    const hits = (scaled.own[column]! *= drift);
    const isOdd = Math.abs(hits - base[column]!) > most * Math.sqrt((1 + ofOwn) * base[column]!);
    always[column] = isOdd ? hits : NaN;
  }
  return { ...scaled, always };
}

/** How far each source is believed, and the variance over mean that is left. */
function believedShares(layers: readonly Layer[], count: number): { shares: Float64Array; noise: number } {
  const products = new Float64Array(count * count);
  const right = new Float64Array(count);
  let [squares, wires] = [0, 0];
  for (const { row, superlayer, beyond, told } of layers) {
    const { missing } = superlayer.grid;
    const width = beyond.length;
    let passedOver = 0;
    for (let column = 0; column < width; column++) {
      const isMissing = (missing[column]! >> (row % layersPerSuperlayer)) & 1;
      if (isMissing || Math.abs(beyond[column]!) >= most) notCounted[passedOver++] = column;
    }
    wires += width - passedOver;
    squares += product(beyond, beyond, width, passedOver);
    for (let source = 0; source < count; source++) {
      const own = told[source]!;
      right[source]! += product(own, beyond, width, passedOver);
      for (let other = 0; other <= source; other++) {
        products[source * count + other]! += product(own, told[other]!, width, passedOver);
      }
    }
  }
  for (let source = 0; source < count; source++) products[source * count + source]! += doubt;
  const shares = solved(products, right);
  const explained = product(shares, right, count, 0);
  return { shares, noise: Math.max(leastNoise, (squares - explained) / Math.max(1, wires - count)) };
}

/** Columns of a layer that have no wire, or one that is dead or noisy by itself. */
const notCounted = new Int16Array(1024);

/** Scalar product, but for what the first of {@link notCounted} add to it. */
function product(a: Float64Array, b: Float64Array, width: number, passedOver: number): number {
  let total = 0;
  for (let at = 0; at < width; at++) total += a[at]! * b[at]!;
  for (let index = 0; index < passedOver; index++) {
    const at = notCounted[index]!;
    total -= a[at]! * b[at]!;
  }
  return total;
}

/** Solves equations with a positive definite matrix, of which the lower half is given and overwritten, by Cholesky's method. */
function solved(matrix: Float64Array, right: Float64Array): Float64Array {
  const count = right.length;
  const solution = Float64Array.from(right);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * count + column]!;
      for (let at = 0; at < column; at++) rest -= matrix[row * count + at]! * matrix[column * count + at]!;
      matrix[row * count + column] =
        row === column ? Math.sqrt(rest) : rest / matrix[column * count + column]!;
    }
    for (let at = 0; at < row; at++) solution[row]! -= matrix[row * count + at]! * solution[at]!;
    solution[row]! /= matrix[row * count + row]!;
  }
  for (let row = count - 1; row >= 0; row--) {
    for (let at = row + 1; at < count; at++) solution[row]! -= matrix[at * count + row]! * solution[at]!;
    solution[row]! /= matrix[row * count + row]!;
  }
  return solution;
}

/** How far values, times a factor, lie from what is expected, {@link most} sd at most; given one over each sd. */
function deviations(
  values: Float64Array,
  factor: number,
  expected: Float64Array,
  perDeviation: Float64Array,
): Float64Array {
  const result = zeros(values.length);
  for (let at = 0; at < result.length; at++) {
    const deviation = (factor * values[at]! - expected[at]!) * perDeviation[at]!;
    result[at] = deviation > most ? most : deviation < -most ? -most : deviation;
  }
  return result;
}

function times(values: Float64Array, factor: number, least = 0): Float64Array {
  const result = zeros(values.length);
  for (let at = 0; at < result.length; at++) result[at] = Math.max(least, factor * values[at]!);
  return result;
}

function add(values: Float64Array, factor: number, into: Float64Array): void {
  for (let at = 0; at < into.length; at++) into[at]! += factor * values[at]!;
}

function moved(values: Float64Array, by: number): Float64Array {
  const result = zeros(values.length);
  for (let at = Math.max(0, -by); at < result.length - Math.max(0, by); at++) result[at] = values[at + by]!;
  return result;
}

import type { ChamberView, SuperlayerView } from './chamberView.ts';
import { dispersionOf } from './dispersion.ts';
import { deadCells, noScan, scanLayer } from './evidence.ts';
import { logRatio } from './levels.ts';
import { fitTrend, referencesOf, trend, trendSpread } from './reference.ts';
import { byColumn, fourLayersOf } from './siblings.ts';
import {
  accumulate,
  boardColumns,
  columnSpread,
  found,
  greatestLack,
  lowerHalf,
  sideColumns,
  trendAlong,
  wanted,
} from './windows.ts';

/** A layer against all that tells what to expect of it at once: siblings, runs before, and what it was beside its siblings in them. */
export interface JointFindings {
  /** Evidence of the stretch that speaks most for being dead, a third, or two thirds; nats. */
  dead: number;
  weak: number;
  low: number;
  /** The same of every second or third wire being dead. */
  strided: number;
  /** Most that eight and sixteen neighbouring wires lack, what the lower half lacks, and how sure a trend along the wires is; sd. */
  eight: number;
  sixteen: number;
  half: number;
  slope: number;
  /** Logarithm of the layer's hits over what is expected, and its error, sd. */
  rate: number;
  error: number;
}

const windowSpread = 0.025;
const longest = 512;
const expected = new Float64Array(longest);
const cells = new Float64Array(longest);
const scan = noScan();

export function weighJointly(
  view: ChamberView,
  superlayer: SuperlayerView,
  index: number,
  own: number,
): JointFindings {
  const hits = superlayer.layers[own]!;
  const { scale, scaleError, error, ...reference } = referencesOf(view, index)[own]!;
  const count = hits.length;
  for (let cell = 0; cell < count; cell++) expected[cell] = scale * reference.expected[cell]!;
  const perCell = view.dispersion * (1 + scale * error);
  const perWindow = view.dispersion * (1 + scale);
  scanLayer(hits, expected, perCell, scan);
  accumulate(hits, expected);
  const [foundInAll, wantedInAll] = [found[count]!, wanted[count]!];
  return {
    dead: scan.dead,
    weak: scan.weak,
    low: scan.low,
    strided: Math.max(deadEvery(2, hits, perCell), deadEvery(3, hits, perCell)),
    eight: greatestLack(count, 8, perWindow, windowSpread),
    sixteen: greatestLack(count, 16, perWindow, windowSpread),
    half: lowerHalf(count, perWindow),
    slope: trendAlong(count, perWindow),
    rate: logRatio(foundInAll, wantedInAll),
    error: Math.sqrt(perWindow / (wantedInAll + 1) + scaleError ** 2),
  };
}

/** Evidence of the stretch of which every second wire, or every third, speaks most for being dead; the wires between do not count. */
function deadEvery(step: number, hits: Float64Array, noise: number): number {
  const perHit = deadCells.perHit / noise;
  const perExpected = deadCells.perExpected / noise;
  for (let cell = 0; cell < hits.length; cell++) {
    const own = hits[cell]! * perHit + expected[cell]! * perExpected;
    cells[cell] = own > deadCells.clip ? deadCells.clip : own < -deadCells.clip ? -deadCells.clip : own;
  }
  let best = 0;
  for (let first = 0; first < step; first++) {
    let sum = 0;
    for (let cell = first; cell < hits.length; cell += step) {
      sum += cells[cell]!;
      if (sum < 0) sum = 0;
      else if (sum > best) best = sum;
    }
  }
  return best;
}

/** How far columns may lie off what is told by runs before, sd. */
const pastSpread = 0.03;
const shaped = new Float64Array(longest);
const sums = {
  columns: new Float64Array(longest + 1),
  profile: new Float64Array(longest + 1),
  past: new Float64Array(longest + 1),
};
const boards = new WeakMap<SuperlayerView, JointBoard>();

/** Most that a board lacks in all four layers against what lies beside it and the runs before together, sd. */
export interface JointBoard {
  /** By the scatter of columns about a smooth profile. */
  lacks: number;
  /** By likelihood, and by the scatter about the runs before where there are any: they have every bump of the profile. */
  surelyLacks: number;
}

export function jointBoard(view: ChamberView, superlayer: SuperlayerView, index: number): JointBoard {
  let greatest = boards.get(superlayer);
  if (greatest === undefined) boards.set(superlayer, (greatest = findBoard(view, superlayer, index)));
  return greatest;
}

function findBoard(
  view: ChamberView,
  { columns, profile, columnDispersion, grid }: SuperlayerView,
  index: number,
): JointBoard {
  const count = columns.length;
  const scale = pastByColumn(view, columns, grid, index);
  const scatter = scale > 0 ? Math.min(columnDispersion, scatterAboutPast(columns, scale)) : columnDispersion;
  addUp(columns, count, sums.columns);
  addUp(profile.expected, count, sums.profile);
  addUp(shaped, count, sums.past);
  const greatest = { lacks: 0, surelyLacks: 0 };
  for (const width of boardColumns) {
    for (let first = 0; first + width <= count; first++) {
      const end = first + width;
      const left = Math.max(0, first - sideColumns);
      const right = Math.min(count, end + sideColumns);
      const beside = between(sums.columns, left, first) + between(sums.columns, end, right);
      const usual = between(sums.profile, left, first) + between(sums.profile, end, right);
      bySides.expects = usual > 0 ? (between(sums.profile, first, end) * beside) / usual : 0;
      bySides.variance = columnDispersion / (beside + 1) + columnSpread ** 2;
      const before = scale > 0 ? between(sums.past, first, end) : undefined;
      const hits = between(sums.columns, first, end);
      const { expects, variance } = withPast(before, (columnDispersion * scale) / (before! + 1));
      const lacks =
        (expects - hits) / Math.sqrt(columnDispersion * expects + expects * expects * variance + 1);
      if (lacks > greatest.lacks) greatest.lacks = lacks;
      const surely = withPast(before, (scatter * scale) / (before! + 1));
      const surelyLacks = belowBy(hits, surely.expects, scatter + surely.expects * surely.variance);
      if (surelyLacks > greatest.surelyLacks) greatest.surelyLacks = surelyLacks;
    }
  }
  return greatest;
}

/** What sides let expect of a board, and its variance (of the logarithm); and with runs before. */
const bySides = { expects: 0, variance: 0 };
const byBoth = { expects: 0, variance: 0 };

function withPast(before: number | undefined, counting: number): { expects: number; variance: number } {
  if (before === undefined) return bySides;
  const { expects, variance } = bySides;
  const ofPast = counting + pastSpread ** 2;
  byBoth.expects = (expects * ofPast + before * variance) / (ofPast + variance);
  byBoth.variance = (variance * ofPast) / (ofPast + variance);
  return byBoth;
}

/** By how many sd hits lie below what is expected, by the likelihood of counts whose variance is so many times their mean; 0 when they do not. */
function belowBy(hits: number, expected: number, noise: number): number {
  if (hits >= expected) return 0;
  const deviance = hits > 0 ? hits * Math.log(hits / expected) - hits + expected : expected;
  return Math.sqrt((2 * deviance) / noise);
}

const residuals = new Float64Array(longest);

/** Variance over mean of columns about what the runs before let expect (`shaped`), what these scatter by themselves taken off. */
function scatterAboutPast(columns: Float64Array, scale: number): number {
  for (let column = 0; column < columns.length; column++) {
    const expected = shaped[column]!;
    residuals[column] = (columns[column]! - expected) ** 2 / (expected < 1 ? 1 : expected);
  }
  return dispersionOf(residuals, columns.length, 1 + scale);
}

/** What runs before let expect of each column, drifted as the superlayer did since, into `shaped`; returns hits over theirs, 0 without any. */
function pastByColumn(
  view: ChamberView,
  columns: Float64Array,
  grid: SuperlayerView['grid'],
  index: number,
): number {
  const past = view.history && fourLayersOf(view.history.hits, grid, index);
  if (!past) return 0;
  const [a, b, c, d] = byColumn(past, grid);
  let total = 0;
  let now = 0;
  for (let column = 0; column < columns.length; column++) {
    shaped[column] = a[column]! + b[column]! + c[column]! + d[column]!;
    total += shaped[column]!;
    now += columns[column]!;
  }
  if (total <= 0 || now <= 0) return 0;
  const scale = now / total;
  for (let column = 0; column < columns.length; column++) shaped[column]! *= scale;
  fitTrend(columns, shaped, 1 + scale, trendSpread);
  for (let column = 0; column < columns.length; column++) {
    const along = (2 * column) / (columns.length - 1) - 1;
    shaped[column]! *= Math.exp(trend.slope * along + trend.arch * (2 * along * along - 1));
  }
  return scale;
}

function addUp(values: Float64Array, count: number, into: Float64Array): void {
  for (let at = 0; at < count; at++) into[at + 1] = into[at]! + values[at]!;
}

function between(before: Float64Array, first: number, end: number): number {
  return before[end]! - before[first]!;
}

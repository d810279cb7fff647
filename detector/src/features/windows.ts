import { layersPerSuperlayer } from '@dtdqm/contract';
import type { ChamberView, SuperlayerView } from './chamberView.ts';
import { cellEvidence, deadCells } from './evidence.ts';
import { logRatio, meanOfWires, positive } from './levels.ts';

/**
 * What hides from scans for stretches: what is shallow but wide, what is scattered, and what all four layers of a board lack. Widths
 * are fixed, so each window is weighed in standard deviations of what it lacks, spread of healthy chambers included.
 */
export interface WindowFindings {
  /** Hits of the layer, and of the middle one of its siblings. */
  found: number;
  expected: number;
  /** Most that 8 and 16 neighbouring wires, or half of the layer, lack against the middle one of the siblings, sd. */
  eight: number;
  sixteen: number;
  half: number;
  /** How surely what lacks grows along the wires, sd. */
  slope: number;
  /** Evidence that wires are dead, nats: of the three outermost at either end; of the best {@link scatterReach}, wherever they lie in it. */
  edgeDead: number;
  scatteredDead: number;
}

/** Of the same against good runs before; zeros without any. */
export interface PastWindowFindings {
  window: number;
  half: number;
  slope: number;
  /** Most that a board's columns lack, all four layers together, sd. */
  board: number;
  /** Logarithm of the superlayer's hits over those of the past. */
  superlayer: number;
  /** Counting error of the layer against its past, sd of the logarithm. */
  error: number;
}

/** Healthy layers differ from their siblings by this share as a whole and in their halves; small windows by more. */
const halfSpread = 0.02;
const windowSpread = 0.03;
const edgeWires = 3;
const scatterReach = 24;
/** Cells count at most this many times what is expected, and a few hits, so that noise fills no gap. */
const held = 2;
const heldHits = 4;
const longest = 512;

export const found = new Float64Array(longest + 1);
export const wanted = new Float64Array(longest + 1);
const cells = new Float64Array(longest);

/** Sums of hits and expectations before each cell, into `found` and `wanted`. */
export function accumulate(hits: Float64Array, expected: Float64Array): void {
  for (let cell = 0; cell < hits.length; cell++) {
    const most = held * positive(expected[cell]!) + heldHits;
    found[cell + 1] = found[cell]! + (hits[cell]! < most ? hits[cell]! : most);
    wanted[cell + 1] = wanted[cell]! + expected[cell]!;
  }
}

/**
 * How far hits lie below what is expected, sd.
 *
 * @param noise variance of hits and expectation over what is expected.
 */
function deviations(hits: number, expected: number, noise: number, spread: number): number {
  return (expected - hits) / Math.sqrt(noise * positive(expected) + (spread * expected) ** 2 + 1);
}

function lack(first: number, end: number, noise: number, spread: number): number {
  return deviations(found[end]! - found[first]!, wanted[end]! - wanted[first]!, noise, spread);
}

export function greatestLack(cellsInAll: number, width: number, noise: number, spread: number): number {
  let greatest = 0;
  for (let first = 0; first + width <= cellsInAll; first++) {
    const own = lack(first, first + width, noise, spread);
    if (own > greatest) greatest = own;
  }
  return greatest;
}

export function lowerHalf(cellsInAll: number, noise: number): number {
  const middle = cellsInAll >> 1;
  return Math.max(0, lack(0, middle, noise, halfSpread), lack(middle, cellsInAll, noise, halfSpread));
}

/** Significance of a trend along the wires, either way, of what was accumulated. */
export function trendAlong(count: number, noise: number): number {
  const ratio = wanted[count]! > 0 ? found[count]! / wanted[count]! : 0;
  let sum = 0;
  let variance = 1;
  for (let cell = 0; cell < count; cell++) {
    const along = (2 * cell) / (count - 1) - 1;
    const expected = wanted[cell + 1]! - wanted[cell]!;
    sum += along * (found[cell + 1]! - found[cell]! - ratio * expected);
    variance += along * along * noise * positive(expected);
  }
  const spread = (halfSpread / 2) * wanted[count]!;
  return Math.abs(sum) / Math.sqrt(variance + spread * spread);
}

/** The middle one of three siblings scatters by half as much as one. */
const siblingNoise = 1.5;
const sums = [0, 1, 2, 3].map(() => new Float64Array(longest + 1));
const blockOfTrend = 8;

/**
 * A layer against the middle one of its siblings, in every window anew: a sibling that is dead or noisy there is passed over, and one
 * that is hot as a whole makes no layer look weak.
 */
export function weighWindows(
  { dispersion }: ChamberView,
  superlayer: SuperlayerView,
  own: number,
): WindowFindings {
  const { aligned } = superlayer;
  const count = aligned[0].length;
  for (let layer = 0; layer < layersPerSuperlayer; layer++) {
    const before = sums[layer]!;
    const hits = aligned[layer]!;
    const most = held * spikeLimit * meanOfWires(hits) + heldHits;
    for (let column = 0; column < count; column++) {
      before[column + 1] = before[column]! + (hits[column]! < most ? hits[column]! : most);
    }
  }
  const noise = siblingNoise * dispersion;
  const middle = count >> 1;
  const found = sums[own]![count]!;
  return {
    found,
    expected: middleOf(own, 0, count),
    eight: greatestLackBeside(own, count, 8, noise),
    sixteen: greatestLackBeside(own, count, 16, noise),
    half: Math.max(
      0,
      lackBeside(own, 0, middle, noise, halfSpread),
      lackBeside(own, middle, count, noise, halfSpread),
    ),
    slope: trendOfBlocks(own, count, noise),
    ...weighDead(superlayer.layers[own]!, superlayer.siblings[own]!, dispersion),
  };
}

/** Spikes above this many times the mean are held down. */
const spikeLimit = 2;

/** Hits of a layer in cells from `first` to before `end`. */
function within(layer: number, first: number, end: number): number {
  const before = sums[layer & 3]!;
  return before[end]! - before[first]!;
}

// No functions within functions here: they are made 200,000 times a run, and naming each (esbuild's keepNames) took half of the time.
function middleOf(own: number, first: number, end: number): number {
  const a = within(own + 1, first, end);
  const b = within(own + 2, first, end);
  const c = within(own + 3, first, end);
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function lackBeside(own: number, first: number, end: number, noise: number, spread: number): number {
  return deviations(within(own, first, end), middleOf(own, first, end), noise, spread);
}

function greatestLackBeside(own: number, count: number, width: number, noise: number): number {
  let greatest = 0;
  for (let first = 0; first + width <= count; first++) {
    const lacks = lackBeside(own, first, first + width, noise, windowSpread);
    if (lacks > greatest) greatest = lacks;
  }
  return greatest;
}

function trendOfBlocks(own: number, count: number, noise: number): number {
  const whole = middleOf(own, 0, count);
  const ratio = whole > 0 ? sums[own]![count]! / whole : 0;
  let sum = 0;
  let variance = 1;
  for (let first = 0; first + blockOfTrend <= count; first += blockOfTrend) {
    const along = (2 * (first + blockOfTrend / 2)) / count - 1;
    const expected = middleOf(own, first, first + blockOfTrend);
    sum += along * (sums[own]![first + blockOfTrend]! - sums[own]![first]! - ratio * expected);
    variance += along * along * noise * positive(expected);
  }
  return Math.abs(sum) / Math.sqrt(variance + ((halfSpread / 2) * whole) ** 2);
}

function weighDead(hits: Float64Array, expected: Float64Array, dispersion: number) {
  const count = hits.length;
  cellEvidence(hits, expected, dispersion, deadCells, cells);
  let edgeDead = 0;
  let scatteredDead = 0;
  let sum = 0;
  for (let cell = 0; cell < count; cell++) {
    sum += positive(cells[cell]!);
    if (cell >= scatterReach) sum -= positive(cells[cell - scatterReach]!);
    if (sum > scatteredDead) scatteredDead = sum;
    if (cell === edgeWires - 1) edgeDead = sum;
  }
  let atEnd = 0;
  for (let cell = count - edgeWires; cell < count; cell++) atEnd += positive(cells[cell]!);
  return { edgeDead: Math.max(edgeDead, atEnd), scatteredDead };
}

/** Columns of a board. */
export const boardColumns = [4, 5, 8] as const;
/** Columns on either side of a board that tell what to expect of it, and what it differs by from them (sd), however many hits there are. */
export const sideColumns = 6;
export const columnSpread = 0.06;

const pastSpread = 0.03;

/**
 * @param columns hits of all four layers by column in this run, and what the past lets expect there.
 * @param scale hits of this run over those of the past that its expectation was made of.
 */
export function weighPast(
  { dispersion }: ChamberView,
  hits: Float64Array,
  expected: Float64Array,
  columns: { readonly hits: Float64Array; readonly expected: Float64Array; readonly dispersion: number },
  scale: number,
): PastWindowFindings {
  const count = hits.length;
  const noise = dispersion * (1 + scale);
  accumulate(hits, expected);
  const ofLayer = {
    window: Math.max(greatestLack(count, 8, noise, pastSpread), greatestLack(count, 16, noise, pastSpread)),
    half: lowerHalf(count, noise),
    slope: trendAlong(count, noise),
    error: Math.sqrt(noise / (positive(wanted[count]!) + 1)),
  };
  accumulate(columns.hits, columns.expected);
  const all = columns.hits.length;
  let board = 0;
  for (const width of boardColumns) {
    board = Math.max(board, greatestLack(all, width, columns.dispersion * (1 + scale), pastSpread));
  }
  return { ...ofLayer, board, superlayer: logRatio(found[all]!, wanted[all]!) };
}

import { layersPerSuperlayer } from '@dtdqm/contract';
import type { ChamberView, SuperlayerView } from './chamberView.ts';
import { cellEvidence, deadCells, greatestStretch, jointEvidence, lowCells, noStretch } from './evidence.ts';
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

/** Of the four layers of a superlayer together. */
export interface BoardFindings {
  /** Evidence of the stretch of columns that speaks most for two thirds, nats; and of those where the layer agrees. */
  columnLow: number;
  jointLow: number;
  /** Most that the columns of one board lack against those on both sides, sd; logarithm of what the layer itself has left there. */
  board: number;
  boardOwn: number;
  /** The greatest jump of the level between eight columns and the next eight, logarithm, less two standard deviations. */
  step: number;
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

const found = new Float64Array(longest + 1);
const wanted = new Float64Array(longest + 1);
const cells = new Float64Array(longest);
const both = new Float64Array(longest);
const stretch = noStretch();

/** Sums of hits and expectations before each cell, into `found` and `wanted`. */
function accumulate(hits: Float64Array, expected: Float64Array): void {
  for (let cell = 0; cell < hits.length; cell++) {
    const most = held * positive(expected[cell]!) + heldHits;
    found[cell + 1] = found[cell]! + (hits[cell]! < most ? hits[cell]! : most);
    wanted[cell + 1] = wanted[cell]! + expected[cell]!;
  }
}

/** @param noise variance of hits and expectation over what is expected. */
function lack(first: number, end: number, noise: number, spread: number): number {
  const expected = wanted[end]! - wanted[first]!;
  const missing = expected - (found[end]! - found[first]!);
  return missing / Math.sqrt(noise * positive(expected) + (spread * expected) ** 2 + 1);
}

function greatestLack(cellsInAll: number, width: number, noise: number, spread: number): number {
  let greatest = 0;
  for (let first = 0; first + width <= cellsInAll; first++) {
    const own = lack(first, first + width, noise, spread);
    if (own > greatest) greatest = own;
  }
  return greatest;
}

function lowerHalf(cellsInAll: number, noise: number): number {
  const middle = cellsInAll >> 1;
  return Math.max(0, lack(0, middle, noise, halfSpread), lack(middle, cellsInAll, noise, halfSpread));
}

/** Significance of a trend along the wires, either way, of what was accumulated. */
function trend(count: number, noise: number): number {
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
  const weigh = (first: number, end: number, spread: number) => {
    const expected = middleOf(own, first, end);
    const missing = expected - (sums[own]![end]! - sums[own]![first]!);
    return missing / Math.sqrt(noise * positive(expected) + (spread * expected) ** 2 + 1);
  };
  const greatest = (width: number) => {
    let most = 0;
    for (let first = 0; first + width <= count; first++)
      most = Math.max(most, weigh(first, first + width, windowSpread));
    return most;
  };
  const middle = count >> 1;
  const found = sums[own]![count]!;
  return {
    found,
    expected: middleOf(own, 0, count),
    eight: greatest(8),
    sixteen: greatest(16),
    half: Math.max(0, weigh(0, middle, halfSpread), weigh(middle, count, halfSpread)),
    slope: trendOfBlocks(own, count, noise),
    ...weighDead(superlayer.layers[own]!, superlayer.siblings[own]!, dispersion),
  };
}

/** Spikes above this many times the mean are held down. */
const spikeLimit = 2;

function middleOf(own: number, first: number, end: number): number {
  const of = (layer: number) => sums[layer & 3]![end]! - sums[layer & 3]![first]!;
  const [a, b, c] = [of(own + 1), of(own + 2), of(own + 3)];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
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

/** Columns of a board, and columns on either side that tell what to expect of them. */
const boardColumns = [4, 5, 8] as const;
const sideColumns = 6;
const columnSpread = 0.06;

/** @param own wires of the layer by column, as long as the columns. */
export function weighBoards(
  superlayer: SuperlayerView,
  own: Float64Array,
  perLayerNoise: number,
): BoardFindings {
  const { columns, profile, columnDispersion, perLayer } = superlayer;
  const count = columns.length;
  cellEvidence(columns, profile.expected, columnDispersion, lowCells, cells);
  greatestStretch(cells, count, stretch);
  const columnLow = stretch.evidence;
  let jointLow = 0;
  if (columnLow > 0) {
    cellEvidence(own, perLayer, perLayerNoise, lowCells, both);
    jointEvidence(cells, both, count, both);
    greatestStretch(both, count, stretch);
    jointLow = stretch.evidence;
  }
  let board = 0;
  let first = 0;
  let width = 0;
  let expectedThere = 0;
  accumulate(columns, profile.expected);
  for (const columnsOfBoard of boardColumns) {
    for (let from = 0; from + columnsOfBoard <= count; from++) {
      const end = from + columnsOfBoard;
      const left = Math.max(0, from - sideColumns);
      const right = Math.min(count, end + sideColumns);
      // What lies beside it lifts the profile to its level, or lowers it.
      const beside = found[from]! - found[left]! + found[right]! - found[end]!;
      const usual = wanted[from]! - wanted[left]! + wanted[right]! - wanted[end]!;
      const expected = usual > 0 ? ((wanted[end]! - wanted[from]!) * beside) / usual : 0;
      const missing = expected - (found[end]! - found[from]!);
      const noise = columnDispersion * expected * (1 + columnsOfBoard / (right - left - columnsOfBoard));
      const own = missing / Math.sqrt(noise + (columnSpread * expected) ** 2 + 1);
      if (own <= board) continue;
      board = own;
      [first, width, expectedThere] = [from, columnsOfBoard, expected];
    }
  }
  let left = 0;
  for (let column = first; column < first + width; column++) left += own[column]!;
  const boardOwn = width > 0 ? logRatio(left, expectedThere / layersPerSuperlayer) : 0;
  return { columnLow, jointLow, board, boardOwn, step: greatestStep(count, columnDispersion) };
}

const stepColumns = 8;

/** Of the columns that were accumulated last. A readout group at another level jumps where it ends; a weak superlayer does not. */
function greatestStep(count: number, dispersion: number): number {
  let greatest = 0;
  for (let at = stepColumns; at + stepColumns <= count; at++) {
    const before = found[at]! - found[at - stepColumns]! + 1;
    const after = found[at + stepColumns]! - found[at]! + 1;
    const jump = Math.abs(Math.log(after / before)) - 2 * Math.sqrt(dispersion / before + dispersion / after);
    if (jump > greatest) greatest = jump;
  }
  return greatest;
}

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
    slope: trend(count, noise),
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

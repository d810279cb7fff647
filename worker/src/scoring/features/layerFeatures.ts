import { layersPerSuperlayer } from '@dtdqm/contract';
import type { ChamberView } from './chamberView.ts';
import {
  cellEvidence,
  deadCells,
  greatestStretch,
  lowCells,
  noStretch,
  weakCells,
  type Hypothesis,
} from './evidence.ts';
import { addUp, noTotals } from './totals.ts';

/** Systematic difference of siblings in healthy chambers, sd. */
export const siblingSpread = 0.025;
/** How much a cell of the layer's own that does count takes from the evidence of its column. */
export const veto = 2;

const cells = new Float64Array(512);
const own = new Float64Array(512);
const stretch = noStretch();
const totals = noTotals();

/** Writes the features of one layer (see `featureNames`) from `into[at]` on. */
export function writeLayerFeatures(view: ChamberView, row: number, into: Float32Array, at: number): void {
  const index = Math.floor(row / layersPerSuperlayer);
  const superlayer = view.superlayers[index]!;
  const hits = superlayer.layers[row % layersPerSuperlayer]!;
  const siblings = superlayer.siblings[row % layersPerSuperlayer]!;
  const { dispersion } = view;
  const wires = hits.length;

  into[at] = strongest(hits, siblings, dispersion, deadCells);
  into[at + 3] = scaleEvidence(sumOfPositive(cells, wires));
  into[at + 1] = strongest(hits, siblings, dispersion, weakCells);
  into[at + 2] = strongest(hits, siblings, dispersion, lowCells);

  addUp(hits, siblings, dispersion, totals);
  const { found, expected } = totals;
  const rate = logRatio(found, expected);
  const error = rateError(found, expected, view.blockDispersion);
  into[at + 4] = Math.log1p(totals.spike) / 2;
  into[at + 5] = clamp(2 * rate, -6, 3);
  into[at + 6] = clamp(rate / error / 4, -6, 3);
  into[at + 7] = Math.min(5 * error, 4);

  const profileDispersion = profileDispersionOf(view, index);
  into[at + 8] = strongest(hits, superlayer.perLayer, profileDispersion, deadCells);
  own.set(cells.subarray(0, wires));
  into[at + 12] = joint(superlayer.columnDead, own, wires);
  into[at + 9] = strongest(hits, superlayer.perLayer, profileDispersion, weakCells);
  own.set(cells.subarray(0, wires));
  into[at + 13] = joint(superlayer.columnWeak, own, wires);
  greatestStretch(superlayer.columnDead, superlayer.columns.length, stretch);
  into[at + 10] = scaleEvidence(stretch.evidence);
  greatestStretch(superlayer.columnWeak, superlayer.columns.length, stretch);
  into[at + 11] = scaleEvidence(stretch.evidence);

  const level = view.levels[index]!;
  const [highest, lowest] = othersOf(view, index);
  const belowHighest = highest < 0 ? 0 : level.log - view.levels[highest]!.log;
  const belowLowest = lowest < 0 ? 0 : level.log - view.levels[lowest]!.log;
  into[at + 14] = clamp(3 * belowHighest, -6, 3);
  into[at + 15] = clamp(3 * belowLowest, -6, 3);
  into[at + 16] = clamp(3 * (belowHighest + rate), -6, 3);
  into[at + 17] = Math.min(5 * level.error, 4);

  const past = view.history?.[row];
  into[at + 18] = past ? 1 : 0;
  into[at + 19] = past ? strongest(hits, past, dispersion, deadCells) : 0;
  into[at + 20] = past ? strongest(hits, past, dispersion, weakCells) : 0;
  if (past) addUp(hits, past, dispersion, totals);
  into[at + 21] = past ? clamp(2 * logRatio(totals.found, totals.expected), -6, 3) : 0;

  into[at + 22] = Math.log10(positive(expected) / wires + 0.1);
  into[at + 23] = Math.log(dispersion);
  into[at + 24] = Math.log(superlayer.columnDispersion);
  into[at + 25] = wires / 50;
  into[at + 26] = index === 1 ? 1 : 0;
  into[at + 28] = Math.log(view.blockDispersion);
  into[at + 27] = view.chamber.station === 4 ? 1 : 0;
}

/** Leaves the evidence of each cell in `cells`. */
function strongest(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  level: Hypothesis,
): number {
  cellEvidence(hits, expected, dispersion, level, cells);
  greatestStretch(cells, hits.length, stretch);
  return scaleEvidence(stretch.evidence);
}

/** A column speaks against this layer only where the layer's own cell does not count. */
function joint(columns: Float64Array, cellsOfOwn: Float64Array, wires: number): number {
  jointEvidence(columns, cellsOfOwn, wires, cells);
  greatestStretch(cells, wires, stretch);
  return scaleEvidence(stretch.evidence);
}

export function jointEvidence(
  columns: Float64Array,
  cellsOfOwn: Float64Array,
  wires: number,
  into: Float64Array,
): void {
  for (let wire = 0; wire < wires; wire++) {
    const against = cellsOfOwn[wire]!;
    into[wire] = against < 0 ? columns[wire]! + veto * against : columns[wire]!;
  }
}

/** Counts dead cells and compresses: 4 are told from 2, 40 from 60 hardly. */
export function scaleEvidence(evidence: number): number {
  return Math.log1p(evidence / deadCells.clip);
}

function sumOfPositive(values: Float64Array, count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) if (values[index]! > 0) sum += values[index]!;
  return sum;
}

export function logRatio(found: number, expected: number): number {
  return Math.log((positive(found) + 0.5) / (positive(expected) + 0.5));
}

/** Standard deviation of {@link logRatio} in healthy layers: counting, of the layer and of two siblings, and their spread. */
export function rateError(found: number, expected: number, dispersion: number): number {
  return Math.sqrt(
    dispersion / (positive(found) + 1) + dispersion / (2 * positive(expected) + 1) + siblingSpread ** 2,
  );
}

/** Own cells scatter about a smooth profile by counting and by what all four layers share. */
export function profileDispersionOf(view: ChamberView, index: number): number {
  return Math.max(view.dispersion, view.superlayers[index]!.columnDispersion / 2);
}

/** Which of the other superlayers (0..2) stands highest and which lowest; -1 when there is no other. */
export function othersOf({ levels }: ChamberView, index: number): [highest: number, lowest: number] {
  let highest = -1;
  let lowest = -1;
  for (let other = 0; other < levels.length; other++) {
    if (other === index || !levels[other]) continue;
    if (highest < 0 || levels[other]!.log > levels[highest]!.log) highest = other;
    if (lowest < 0 || levels[other]!.log < levels[lowest]!.log) lowest = other;
  }
  return [highest, lowest];
}

/** Saliency adds noise to hits, which may take sums below 0. */
function positive(value: number): number {
  return value > 0 ? value : 0;
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

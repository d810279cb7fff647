import { layersPerSuperlayer } from '@dtdqm/contract';
import type { ChamberView } from './chamberView.ts';
import { deadCells, greatestStretch, noStretch, noScan, scanJoint, scanLayer } from './evidence.ts';
import { addUp, logRatio, noTotals, positive } from './levels.ts';

/** Systematic difference of siblings in healthy chambers, sd. */
export const siblingSpread = 0.025;
const scan = noScan();
const jointScan = { dead: 0, weak: 0 };
const totals = noTotals();

/** Writes the features of one layer (see `featureNames`) from `into[at]` on. */
export function writeLayerFeatures(view: ChamberView, row: number, into: Float32Array, at: number): void {
  const index = Math.floor(row / layersPerSuperlayer);
  const superlayer = view.superlayers[index]!;
  const hits = superlayer.layers[row % layersPerSuperlayer]!;
  const siblings = superlayer.siblings[row % layersPerSuperlayer]!;
  const { dispersion } = view;
  const wires = hits.length;

  scanLayer(hits, siblings, dispersion, scan);
  into[at] = scaleEvidence(scan.dead);
  into[at + 1] = scaleEvidence(scan.weak);
  into[at + 2] = scaleEvidence(scan.low);
  into[at + 3] = scaleEvidence(scan.deadAnywhere);

  addUp(hits, siblings, dispersion, totals);
  const { found, expected } = totals;
  const rate = logRatio(found, expected);
  const error = rateError(found, expected, view.blockDispersion);
  into[at + 4] = Math.log1p(totals.spike) / 2;
  into[at + 5] = clamp(2 * rate, -6, 3);
  into[at + 6] = clamp(rate / error / 4, -6, 3);
  into[at + 7] = Math.min(5 * error, 4);

  const profileDispersion = profileDispersionOf(view, index);
  const { perLayer, columnDead, columnWeak, strongestDead, strongestWeak } = superlayer;
  scanLayer(hits, perLayer, profileDispersion, scan);
  const sickColumns = strongestDead > 0 || strongestWeak > 0;
  if (sickColumns) scanJoint(hits, perLayer, profileDispersion, columnDead, columnWeak, jointScan);
  into[at + 8] = scaleEvidence(scan.dead);
  into[at + 9] = scaleEvidence(scan.weak);
  into[at + 10] = scaleEvidence(strongestDead);
  into[at + 11] = scaleEvidence(strongestWeak);
  into[at + 12] = sickColumns ? scaleEvidence(jointScan.dead) : 0;
  into[at + 13] = sickColumns ? scaleEvidence(jointScan.weak) : 0;

  const level = view.levels[index]!;
  const [highest, lowest] = othersOf(view, index);
  const belowHighest = highest < 0 ? 0 : level.log - view.levels[highest]!.log;
  const belowLowest = lowest < 0 ? 0 : level.log - view.levels[lowest]!.log;
  into[at + 14] = clamp(3 * belowHighest, -6, 3);
  into[at + 15] = clamp(3 * belowLowest, -6, 3);
  into[at + 16] = clamp(3 * (belowHighest + rate), -6, 3);
  into[at + 17] = Math.min(5 * level.error, 4);

  writePast(view, row, hits, into, at);

  into[at + 22] = Math.log10(positive(expected) / wires + 0.1);
  into[at + 23] = Math.log(dispersion);
  into[at + 24] = Math.log(superlayer.columnDispersion);
  into[at + 25] = wires / 50;
  into[at + 26] = index === 1 ? 1 : 0;
  into[at + 28] = Math.log(view.blockDispersion);
  into[at + 27] = view.chamber.station === 4 ? 1 : 0;
  into[at + 29] = Math.log(view.layerScatter + 0.01) + 4;
}

function writePast(
  { history, dispersion }: ChamberView,
  row: number,
  hits: Float64Array,
  into: Float32Array,
  at: number,
): void {
  const past = history?.expected[row];
  if (!history || !past) {
    for (const feature of pastFeatures) into[at + feature] = 0;
    return;
  }
  scanLayer(hits, past, dispersion, scan);
  addUp(hits, past, dispersion, totals);
  const rate = logRatio(totals.found, totals.expected);
  const columns = history.columnWeak[Math.floor(row / layersPerSuperlayer)]!;
  greatestStretch(columns, columns.length, stretch);
  into[at + 18] = 1;
  into[at + 19] = scaleEvidence(scan.dead);
  into[at + 20] = scaleEvidence(scan.weak);
  into[at + 21] = clamp(2 * rate, -6, 3);
  into[at + 30] = scaleEvidence(scan.low);
  into[at + 31] = scaleEvidence(stretch.evidence);
  into[at + 32] = history.level === undefined ? 0 : clamp(2 * (rate + history.level), -6, 3);
}

const pastFeatures = [18, 19, 20, 21, 30, 31, 32] as const;
const stretch = noStretch();

/** Counts dead cells and compresses: 4 are told from 2, 40 from 60 hardly. */
export function scaleEvidence(evidence: number): number {
  return evidence === 0 ? 0 : Math.log1p(evidence / deadCells.clip);
}

/** Standard deviation of `logRatio` in healthy layers: counting, of the layer and of two siblings, and their spread. */
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

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

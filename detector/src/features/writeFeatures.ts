import { layersPerSuperlayer } from '@dtdqm/contract';
import { atWires } from '../prepare/grid.ts';
import { weighBoards } from './boards.ts';
import type { ChamberView } from './chamberView.ts';
import { deadCells, greatestStretch, noScan, noStretch, scanJoint, scanLayer } from './evidence.ts';
import { againstOthers, featureIndex, features, profileDispersionOf, rateError } from './features.ts';
import { jointBoard, weighJointly } from './joint.ts';
import { addUp, logRatio, noTotals, positive } from './levels.ts';
import { weighPast, weighWindows } from './windows.ts';

/** For the loops over all layers, which look it up by constant names. */
const at = featureIndex;
const pastFeatures = features.filter(({ scope }) => scope === 'past').map(({ name }) => featureIndex[name]);

const scan = noScan();
const jointScan = { dead: 0, weak: 0 };
const totals = noTotals();
const stretch = noStretch();

/** Writes the {@link features} of one layer from `into[from]` on. */
export function writeLayerFeatures(view: ChamberView, row: number, into: Float32Array, from: number): void {
  const index = Math.floor(row / layersPerSuperlayer);
  const own = row % layersPerSuperlayer;
  const superlayer = view.superlayers[index]!;
  const hits = superlayer.layers[own]!;
  const siblings = superlayer.siblings[own]!;
  const { dispersion } = view;

  scanLayer(hits, siblings, dispersion, scan);
  into[from + at.siblingDead] = scaleEvidence(scan.dead);
  into[from + at.siblingWeak] = scaleEvidence(scan.weak);
  into[from + at.siblingLow] = scaleEvidence(scan.low);
  into[from + at.singleCells] = scaleEvidence(scan.deadAnywhere);

  addUp(hits, siblings, dispersion, totals);
  const { found, expected } = totals;
  const rate = logRatio(found, expected);
  const error = rateError(found, expected, view.blockDispersion);
  into[from + at.noise] = Math.log1p(totals.spike) / 2;
  into[from + at.rate] = clamp(2 * rate);
  into[from + at.rateSignificance] = clamp(rate / error / 4);
  into[from + at.rateError] = Math.min(5 * error, 4);

  const profileDispersion = profileDispersionOf(view, index);
  const { grid, columnDead, columnWeak, strongestDead, strongestWeak } = superlayer;
  const perLayer = atWires(superlayer.perLayer, grid, own);
  scanLayer(hits, perLayer, profileDispersion, scan);
  const sickColumns = strongestDead > 0 || strongestWeak > 0;
  if (sickColumns) {
    const [dead, weak] = [atWires(columnDead, grid, own), atWires(columnWeak, grid, own)];
    scanJoint(hits, perLayer, profileDispersion, dead, weak, jointScan);
  }
  into[from + at.profileDead] = scaleEvidence(scan.dead);
  into[from + at.profileWeak] = scaleEvidence(scan.weak);
  into[from + at.columnDead] = scaleEvidence(strongestDead);
  into[from + at.columnWeak] = scaleEvidence(strongestWeak);
  into[from + at.jointDead] = sickColumns ? scaleEvidence(jointScan.dead) : 0;
  into[from + at.jointWeak] = sickColumns ? scaleEvidence(jointScan.weak) : 0;

  const level = view.levels[index]!;
  const { belowHighest, belowLowest } = againstOthers(view, index);
  into[from + at.superlayerBelowHighest] = clamp(3 * belowHighest);
  into[from + at.superlayerBelowLowest] = clamp(3 * belowLowest);
  into[from + at.layerBelowHighest] = clamp(3 * (belowHighest + rate));
  into[from + at.superlayerError] = Math.min(5 * level.error, 4);

  writePast(view, row, hits, into, from);

  into[from + at.hits] = Math.log10(positive(expected) / hits.length + 0.1);
  into[from + at.dispersion] = Math.log(dispersion);
  into[from + at.columnDispersion] = Math.log(superlayer.columnDispersion);
  into[from + at.wires] = hits.length / 50;
  into[from + at.theta] = index === 1 ? 1 : 0;
  into[from + at.outermostStation] = view.chamber.station === 4 ? 1 : 0;
  into[from + at.blockDispersion] = Math.log(view.blockDispersion);
  into[from + at.layerScatter] = Math.log(view.layerScatter + 0.01) + 4;
  writeWindows(view, row, into, from);
}

function writeWindows(view: ChamberView, row: number, into: Float32Array, from: number): void {
  const index = Math.floor(row / layersPerSuperlayer);
  const superlayer = view.superlayers[index]!;
  const own = row % layersPerSuperlayer;
  const hits = superlayer.layers[own]!;
  const windows = weighWindows(view, superlayer, own);
  into[from + at.eightWires] = thirds(windows.eight);
  into[from + at.sixteenWires] = thirds(windows.sixteen);
  into[from + at.lowerHalf] = thirds(windows.half);
  into[from + at.slope] = thirds(windows.slope);
  const error = rateError(windows.found, windows.expected, view.blockDispersion);
  const rate = logRatio(windows.found, windows.expected);
  into[from + at.middleRate] = clamp(2 * rate);
  into[from + at.middleSignificance] = clamp(rate / error / 4);
  into[from + at.edgeDead] = scaleEvidence(windows.edgeDead);
  into[from + at.scatteredDead] = scaleEvidence(windows.scatteredDead);

  const boards = weighBoards(superlayer, superlayer.aligned[own]!, profileDispersionOf(view, index));
  into[from + at.columnLow] = scaleEvidence(boards.columnLow);
  into[from + at.jointLow] = scaleEvidence(boards.jointLow);
  into[from + at.board] = thirds(boards.board);
  into[from + at.boardOwn] = clamp(2 * boards.boardOwn);
  into[from + at.step] = clamp(2 * boards.step);

  const jointly = weighJointly(view, superlayer, index, own);
  into[from + at.jointlyDead] = scaleEvidence(jointly.dead);
  into[from + at.jointlyWeak] = scaleEvidence(jointly.weak);
  into[from + at.jointlyLow] = scaleEvidence(jointly.low);
  into[from + at.stridedDead] = scaleEvidence(jointly.strided);
  into[from + at.jointEight] = thirds(jointly.eight);
  into[from + at.jointSixteen] = thirds(jointly.sixteen);
  into[from + at.jointHalf] = thirds(jointly.half);
  into[from + at.jointSlope] = thirds(jointly.slope);
  into[from + at.jointRate] = clamp(2 * jointly.rate);
  into[from + at.jointRateSignificance] = clamp(jointly.rate / jointly.error / 4);
  const { lacks, surelyLacks } = jointBoard(view, superlayer, index);
  into[from + at.jointBoard] = thirds(lacks);
  into[from + at.likelyBoard] = thirds(surelyLacks);
  writeLevels(view, index, into, from);

  const past = view.history?.expected[row];
  const pastColumns = view.history?.columns[index];
  if (!view.history || !past || !pastColumns) return;
  const { columns, columnDispersion } = superlayer;
  const ofColumns = { hits: columns, expected: pastColumns, dispersion: columnDispersion };
  const before = weighPast(view, hits, past, ofColumns, view.history.scale);
  into[from + at.historyWindow] = thirds(before.window);
  into[from + at.historyHalf] = thirds(before.half);
  into[from + at.historySlope] = thirds(before.slope);
  into[from + at.historyBoard] = thirds(before.board);
  into[from + at.historySuperlayer] = clamp(2 * before.superlayer);
  into[from + at.historyError] = Math.min(5 * before.error, 4);
}

/** Superlayers of a healthy chamber stand to each other as the table says to 3.6 % (sd of one real run, wheel and station taken off). */
const levelSpread = 0.036;

function writeLevels(view: ChamberView, index: number, into: Float32Array, from: number): void {
  const { highest, lowest, belowHighest, belowLowest } = againstOthers(view, index);
  into[from + at.belowHighest] = overError(belowHighest, levelError(view, index, highest));
  into[from + at.belowLowest] = overError(belowLowest, levelError(view, index, lowest));
  const { history } = view;
  if (!history) return;
  const { fall, error } = history.superlayers[index]!;
  into[from + at.historyRuns] = Math.min(history.runs / 4, 2);
  into[from + at.historyLevel] = clamp(2 * (history.meanLevel ?? 0));
  into[from + at.historyLevelSignificance] = overError(history.meanLevel ?? 0, history.levelError);
  into[from + at.historyBeside] = clamp(2 * fall);
  into[from + at.historyBesideSignificance] = overError(fall, error);
}

function levelError({ levels }: ChamberView, index: number, other: number): number {
  const counting = levels[index]!.error ** 2 + (levels[other]?.error ?? 0) ** 2;
  return Math.sqrt(counting + levelSpread ** 2);
}

function overError(value: number, error: number): number {
  return clamp(value / error / 4);
}

function thirds(deviations: number): number {
  return Math.min(deviations / 3, 4);
}

function writePast(
  { history, dispersion }: ChamberView,
  row: number,
  hits: Float64Array,
  into: Float32Array,
  from: number,
): void {
  const past = history?.expected[row];
  if (!history || !past) {
    for (const index of pastFeatures) into[from + index] = 0;
    return;
  }
  const columns = history.columnWeak[Math.floor(row / layersPerSuperlayer)]!;
  greatestStretch(columns, columns.length, stretch);
  addUp(hits, past, dispersion, totals);
  const rate = logRatio(totals.found, totals.expected);
  into[from + at.historyKnown] = 1;
  scanLayer(hits, past, dispersion, scan);
  into[from + at.historyDead] = scaleEvidence(scan.dead);
  into[from + at.historyWeak] = scaleEvidence(scan.weak);
  into[from + at.historyLow] = scaleEvidence(scan.low);
  into[from + at.historyColumnWeak] = scaleEvidence(stretch.evidence);
  into[from + at.historyRate] = clamp(2 * rate);
  into[from + at.historyFall] = history.level === undefined ? 0 : clamp(2 * (rate + history.level));
}

function scaleEvidence(nats: number): number {
  return nats === 0 ? 0 : Math.log1p(nats / deadCells.clip);
}

function clamp(value: number): number {
  return value < -6 ? -6 : value > 3 ? 3 : value;
}

import { layersPerSuperlayer } from '@dtdqm/contract';
import { atWires } from '../prepare/grid.ts';
import type { ChamberView } from './chamberView.ts';
import { deadCells, greatestStretch, noScan, noStretch, scanJoint, scanLayer } from './evidence.ts';
import { addUp, logRatio, noTotals, positive } from './levels.ts';
import { weighBoards } from './boards.ts';
import { weighPast, weighWindows } from './windows.ts';

/** What a feature is told of: the layer alone and its siblings, its superlayer, its chamber, or good runs of the chamber before. */
type Scope = 'layer' | 'superlayer' | 'chamber' | 'past';

interface Feature<Name extends string = string> {
  readonly name: Name;
  readonly scope: Scope;
  readonly unit: string;
  readonly meaning: string;
}

const feature = <const Name extends string>(
  name: Name,
  scope: Scope,
  unit: string,
  meaning: string,
): Feature<Name> => ({ name, scope, unit, meaning });

// Units. Evidence is counted in dead cells: 4 are told from 2, 40 from 60 hardly. Logarithms are clamped to -6..3.
const evidence = 'ln(1 + nats / 4)';
const twice = '2 ln(found / expected)';
const thrice = '3 ln(level / level)';
const third = 'sd / 3, at most 4';

/** What the network is told of each layer, in this order; all are of order 1. New ones are added at the end, so that old models stay what they were. */
export const features = [
  feature('siblingDead', 'layer', evidence, 'a stretch is dead against what the siblings have there'),
  feature('siblingWeak', 'layer', evidence, 'a stretch is at a third of what the siblings have there'),
  feature('siblingLow', 'layer', evidence, 'a stretch is at two thirds of what the siblings have there'),
  feature('singleCells', 'layer', evidence, 'dead cells anywhere in the layer'),
  feature('noise', 'layer', 'ln(1 + sd above 4) / 2', 'the highest spike'),
  feature('rate', 'layer', twice, 'the whole layer against its siblings'),
  feature('rateSignificance', 'layer', 'sd / 4', 'the same over its counting error'),
  feature('rateError', 'layer', '5 sd of ln', 'the counting error itself, at most 4'),
  feature('profileDead', 'layer', evidence, 'a stretch is dead against the profile of the superlayer'),
  feature('profileWeak', 'layer', evidence, 'a stretch is at a third of that profile'),
  feature('columnDead', 'superlayer', evidence, 'all four layers together are dead somewhere'),
  feature('columnWeak', 'superlayer', evidence, 'all four layers together are at a third somewhere'),
  feature('jointDead', 'layer', evidence, 'they are dead where this layer agrees'),
  feature('jointWeak', 'layer', evidence, 'they are at a third where this layer agrees'),
  feature('superlayerBelowHighest', 'chamber', thrice, 'the superlayer against the highest other one'),
  feature('superlayerBelowLowest', 'chamber', thrice, 'the superlayer against the lowest other one'),
  feature('layerBelowHighest', 'chamber', thrice, 'this layer against the highest other superlayer'),
  feature('superlayerError', 'superlayer', '5 sd of ln', 'counting error of the level, at most 4'),
  feature('historyKnown', 'past', '0 or 1', 'there are good runs before; without them all of the past is 0'),
  feature('historyDead', 'past', evidence, 'a stretch is dead against the past'),
  feature('historyWeak', 'past', evidence, 'a stretch is at a third of the past'),
  feature('historyRate', 'past', twice, 'the whole layer against the past'),
  feature('hits', 'layer', 'log10(hits + 0.1)', 'hits per wire that the siblings let expect'),
  feature('dispersion', 'chamber', 'ln', 'variance over mean of counts against siblings'),
  feature('columnDispersion', 'superlayer', 'ln', 'variance over mean of columns about the profile'),
  feature('wires', 'layer', 'wires / 50', 'length of the layer'),
  feature('theta', 'superlayer', '0 or 1', 'the superlayer measures theta'),
  feature('outermostStation', 'chamber', '0 or 1', 'the chamber is in station 4'),
  feature('blockDispersion', 'chamber', 'ln', 'variance over mean of sums over eight cells'),
  feature('layerScatter', 'chamber', 'ln(. + 0.01) + 4', 'how far layers lie from their siblings, median'),
  feature('historyLow', 'past', evidence, 'a stretch is at two thirds of the past'),
  feature('historyColumnWeak', 'past', evidence, 'all four layers together are weak against the past'),
  feature('historyFall', 'past', twice, 'the layer against the past, lengths of the runs known'),
  feature('eightWires', 'layer', third, 'most that eight neighbouring wires lack against the siblings'),
  feature('sixteenWires', 'layer', third, 'most that sixteen neighbouring wires lack'),
  feature('lowerHalf', 'layer', third, 'what the lower half of the layer lacks'),
  feature('slope', 'layer', third, 'how surely what lacks grows along the wires'),
  feature('edgeDead', 'layer', evidence, 'the three outermost wires at either end are dead'),
  feature('scatteredDead', 'layer', evidence, 'dead cells within 24 wires, neighbours or not'),
  feature('columnLow', 'superlayer', evidence, 'all four layers together are at two thirds somewhere'),
  feature('jointLow', 'layer', evidence, 'they are at two thirds where this layer agrees'),
  feature(
    'board',
    'superlayer',
    third,
    'most that a board lacks in all four layers against what lies beside it',
  ),
  feature('boardOwn', 'layer', twice, 'this layer there'),
  feature('step', 'superlayer', '2 ln', 'greatest jump between neighbouring groups of eight columns'),
  feature('middleRate', 'layer', twice, 'the whole layer against the middle one of its siblings'),
  feature('middleSignificance', 'layer', 'sd / 4', 'the same over its counting error'),
  feature('historyWindow', 'past', third, 'most that eight or sixteen wires lack against the past'),
  feature('historyHalf', 'past', third, 'what the lower half lacks against the past'),
  feature('historySlope', 'past', third, 'how surely what lacks against the past grows along the wires'),
  feature('historyBoard', 'past', third, 'most that a board lacks in all four layers against the past'),
  feature('historySuperlayer', 'past', twice, 'the superlayer against the past'),
  feature('historyError', 'past', '5 sd of ln', 'counting error of the layer against the past, at most 4'),
] as const;

export type FeatureName = (typeof features)[number]['name'];

export const featureNames: readonly FeatureName[] = features.map(({ name }) => name);
export const featureCount = features.length;

/** Position of each feature in what the network is told. */
export const featureIndex = Object.fromEntries(featureNames.map((name, index) => [name, index])) as Readonly<
  Record<FeatureName, number>
>;

/** For the loops over all layers, which look it up by constant names. */
const at = featureIndex;
const pastFeatures = features.filter(({ scope }) => scope === 'past').map(({ name }) => featureIndex[name]);

/** Systematic difference of siblings in healthy chambers, sd. */
const siblingSpread = 0.025;
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

/** Standard deviation of `logRatio` in healthy layers: counting, of the layer and of two siblings, and their spread. */
export function rateError(found: number, expected: number, dispersion: number): number {
  return Math.sqrt(
    dispersion / (positive(found) + 1) + dispersion / (2 * positive(expected) + 1) + siblingSpread ** 2,
  );
}

/** Own cells scatter about a smooth profile by counting and by what all four layers share. */
function profileDispersionOf(view: ChamberView, index: number): number {
  return Math.max(view.dispersion, view.superlayers[index]!.columnDispersion / 2);
}

/**
 * Which of the other superlayers (0..2) stands highest and which lowest, -1 when there is no other, and how far the superlayer
 * lies above them (log; below 0 when it lies below).
 */
export function againstOthers({ levels }: ChamberView, index: number) {
  let highest = -1;
  let lowest = -1;
  for (let other = 0; other < levels.length; other++) {
    if (other === index || !levels[other]) continue;
    if (highest < 0 || levels[other]!.log > levels[highest]!.log) highest = other;
    if (lowest < 0 || levels[other]!.log < levels[lowest]!.log) lowest = other;
  }
  const own = levels[index]!.log;
  const belowHighest = highest < 0 ? 0 : own - levels[highest]!.log;
  const belowLowest = lowest < 0 ? 0 : own - levels[lowest]!.log;
  return { highest, lowest, belowHighest, belowLowest };
}

function clamp(value: number): number {
  return value < -6 ? -6 : value > 3 ? 3 : value;
}

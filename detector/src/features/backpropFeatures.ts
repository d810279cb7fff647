import { layersPerSuperlayer } from '@dtdqm/contract';
import type { ChamberView } from './chamberView.ts';
import { othersOf, profileDispersionOf, rateError } from './computeFeatures.ts';
import {
  cellEvidence,
  deadCells,
  greatestStretch,
  lowCells,
  noStretch,
  pullCellEvidence,
  weakCells,
  type Hypothesis,
  type Stretch,
  joint as jointOf,
  veto,
} from './evidence.ts';
import { featureNames, type FeatureName } from './featureTable.ts';
import { levelSlopes, pullLevel, addUp, logRatio, noTotals, pullTotals } from './levels.ts';
import { pullColumns, pullProfile } from './profile.ts';
import { pullSiblings, pullStandIns, rowsWithStandIns } from './siblings.ts';

const at = Object.fromEntries(featureNames.map((name, index) => [name, index])) as Record<
  FeatureName,
  number
>;

/** Gradients by what the features of a layer are made of, before they are taken on to wires. */
interface Sinks {
  readonly hits: Float64Array;
  readonly siblings: Float64Array;
  /** By the profile's expected hits per layer, and by the columns themselves. */
  readonly perLayer: Float64Array;
  readonly columns: Float64Array;
}

/**
 * Takes the gradient by the features of one layer on to the hits of the chamber's wires: the transposed Jacobian of
 * `writeLayerFeatures` in a chamber whose estimates (dispersions, smoothing widths, weights of the fit, history) are held, see
 * `estimatesOf` of `ChamberWires`.
 *
 * @param gradient by feature, at `from..`.
 * @param into twelve rows of the chamber, one value per wire, added to.
 */
export function pullLayerFeatures(
  view: ChamberView,
  row: number,
  gradient: Float32Array,
  from: number,
  into: readonly (Float64Array | null)[],
): void {
  const index = Math.floor(row / layersPerSuperlayer);
  const own = row % layersPerSuperlayer;
  const superlayer = view.superlayers[index]!;
  const hits = superlayer.layers[own]!;
  const by = (name: FeatureName) => gradient[from + at[name]]!;
  const rows = rowsWithStandIns(into, view.superlayers);
  const four = rows.slice(4 * index, 4 * index + 4) as Float64Array[];
  const sinks: Sinks = {
    hits: four[own]!,
    siblings: new Float64Array(hits.length),
    perLayer: new Float64Array(superlayer.columns.length),
    columns: new Float64Array(superlayer.columns.length),
  };
  pullSiblingEvidence(view, hits, superlayer.siblings[own]!, by, sinks);
  const rate = pullRate(view, index, hits, superlayer.siblings[own]!, by, sinks);
  pullProfileEvidence(view, index, hits, by, sinks);
  pullHistory(view, row, hits, by, sinks);
  pullLevels(view, index, rate, by, rows);

  pullSiblings(superlayer.layers, own, sinks.siblings, superlayer.reach[own]!, four);
  const byExpected = sinks.perLayer.map((value) => value / 4);
  pullProfile(superlayer.profile, byExpected, sinks.columns);
  pullColumns(superlayer.layers, sinks.columns, four);
  pullStandIns(rows, into);
}

type Gradient = (name: FeatureName) => number;

const stretch = noStretch();

function pullSiblingEvidence(
  { dispersion }: ChamberView,
  hits: Float64Array,
  siblings: Float64Array,
  by: Gradient,
  sinks: Sinks,
): void {
  const cells = new Float64Array(hits.length);
  const levels: [FeatureName, Hypothesis][] = [
    ['siblingWeak', weakCells],
    ['siblingLow', lowCells],
    ['siblingDead', deadCells],
  ];
  for (const [name, level] of levels) {
    cellEvidence(hits, siblings, dispersion, level, cells);
    greatestStretch(cells, hits.length, stretch);
    const perEvidence = by(name) * unscale(stretch.evidence);
    pullCellEvidence(cells, stretch, dispersion, level, perEvidence, sinks.hits, sinks.siblings);
  }
  let total = 0;
  for (const evidence of cells) if (evidence > 0) total += evidence;
  const perEvidence = by('singleCells') * unscale(total);
  cells.forEach((evidence, wire) => {
    if (evidence <= 0) return;
    const single: Stretch = { evidence, first: wire, last: wire };
    pullCellEvidence(cells, single, dispersion, deadCells, perEvidence, sinks.hits, sinks.siblings);
  });
}

/** Returns the log of the layer's rate over its siblings'. */
function pullRate(
  view: ChamberView,
  index: number,
  hits: Float64Array,
  siblings: Float64Array,
  by: Gradient,
  sinks: Sinks,
): number {
  const { dispersion, blockDispersion } = view;
  const totals = noTotals();
  addUp(hits, siblings, dispersion, totals);
  const { found, expected } = totals;
  const rate = logRatio(found, expected);
  const error = rateError(found, expected, blockDispersion);
  const [highest] = othersOf(view, index);
  const below = highest < 0 ? 0 : view.levels[index]!.log - view.levels[highest]!.log;

  const perSignificance = by('rateSignificance') * inside(rate / error / 4);
  const perRate =
    2 * by('rate') * inside(2 * rate) +
    perSignificance / error / 4 +
    3 * by('layerBelowHighest') * inside(3 * (below + rate));
  const perError = (-perSignificance * rate) / error ** 2 / 4 + (5 * error < 4 ? 5 * by('rateError') : 0);
  const perFound = perRate / (found + 0.5) - (perError * blockDispersion) / (2 * error * (found + 1) ** 2);
  const perLog = by('hits') / Math.LN10 / (expected / hits.length + 0.1) / hits.length;
  const perExpected =
    -perRate / (expected + 0.5) - (perError * blockDispersion) / (error * (2 * expected + 1) ** 2) + perLog;
  pullTotals(hits, siblings, perFound, perExpected, sinks.hits, sinks.siblings);

  if (totals.spikeWire < 0) return rate;
  const wanted = siblings[totals.spikeWire]!;
  const sd = Math.sqrt(dispersion * wanted + 1);
  const perSpike = by('noise') / 2 / (1 + totals.spike);
  const height = hits[totals.spikeWire]! - wanted;
  sinks.hits[totals.spikeWire]! += perSpike / sd;
  sinks.siblings[totals.spikeWire]! -= perSpike * (1 / sd + (height * dispersion) / (2 * sd ** 3));
  return rate;
}

function pullProfileEvidence(
  view: ChamberView,
  index: number,
  hits: Float64Array,
  by: Gradient,
  sinks: Sinks,
): void {
  const superlayer = view.superlayers[index]!;
  const dispersion = profileDispersionOf(view, index);
  const levels: [profile: FeatureName, column: FeatureName, joint: FeatureName, Hypothesis, Float64Array][] =
    [
      ['profileDead', 'columnDead', 'jointDead', deadCells, superlayer.columnDead],
      ['profileWeak', 'columnWeak', 'jointWeak', weakCells, superlayer.columnWeak],
    ];
  const cells = new Float64Array(hits.length);
  const both = new Float64Array(hits.length);
  const byColumnExpected = new Float64Array(superlayer.columns.length);
  for (const [profile, column, joint, level, columns] of levels) {
    cellEvidence(hits, superlayer.perLayer, dispersion, level, cells);
    const pullOwn = (part: Stretch, perEvidence: number) =>
      pullCellEvidence(cells, part, dispersion, level, perEvidence, sinks.hits, sinks.perLayer);
    const pullColumn = (part: Stretch, perEvidence: number) =>
      pullCellEvidence(
        columns,
        part,
        superlayer.columnDispersion,
        level,
        perEvidence,
        sinks.columns,
        byColumnExpected,
      );
    greatestStretch(cells, hits.length, stretch);
    pullOwn(stretch, by(profile) * unscale(stretch.evidence));
    greatestStretch(columns, superlayer.columns.length, stretch);
    pullColumn(stretch, by(column) * unscale(stretch.evidence));

    for (let wire = 0; wire < hits.length; wire++) both[wire] = jointOf(columns[wire]!, cells[wire]!);
    greatestStretch(both, hits.length, stretch);
    const perEvidence = by(joint) * unscale(stretch.evidence);
    pullColumn(stretch, perEvidence);
    for (let wire = stretch.first; wire <= stretch.last; wire++) {
      if (cells[wire]! < 0) pullOwn({ evidence: 0, first: wire, last: wire }, veto * perEvidence);
    }
  }
  // The profile per layer is a quarter of that per column.
  byColumnExpected.forEach((value, column) => (sinks.perLayer[column]! += 4 * value));
}

function pullHistory(view: ChamberView, row: number, hits: Float64Array, by: Gradient, sinks: Sinks): void {
  const { dispersion, history } = view;
  const past = history?.expected[row];
  if (!past) return;
  const cells = new Float64Array(hits.length);
  const fixed = new Float64Array(hits.length);
  const levels: [FeatureName, Hypothesis][] = [
    ['historyDead', deadCells],
    ['historyWeak', weakCells],
    ['historyLow', lowCells],
  ];
  for (const [name, level] of levels) {
    cellEvidence(hits, past, dispersion, level, cells);
    greatestStretch(cells, hits.length, stretch);
    pullCellEvidence(
      cells,
      stretch,
      dispersion,
      level,
      by(name) * unscale(stretch.evidence),
      sinks.hits,
      fixed,
    );
  }
  const totals = noTotals();
  addUp(hits, past, dispersion, totals);
  const rate = logRatio(totals.found, totals.expected);
  const { level } = history;
  const perRate =
    2 * by('historyRate') * inside(2 * rate) +
    (level === undefined ? 0 : 2 * by('historyFall') * inside(2 * (rate + level)));
  pullTotals(hits, past, perRate / (totals.found + 0.5), 0, sinks.hits, fixed);

  const index = Math.floor(row / layersPerSuperlayer);
  const columns = history.columnWeak[index]!;
  greatestStretch(columns, columns.length, stretch);
  pullCellEvidence(
    columns,
    stretch,
    view.superlayers[index]!.columnDispersion,
    weakCells,
    by('historyColumnWeak') * unscale(stretch.evidence),
    sinks.columns,
    new Float64Array(columns.length),
  );
}

function pullLevels(
  view: ChamberView,
  index: number,
  rate: number,
  by: Gradient,
  into: readonly (Float64Array | null)[],
): void {
  const [highest, lowest] = othersOf(view, index);
  const belowHighest = highest < 0 ? 0 : view.levels[index]!.log - view.levels[highest]!.log;
  const belowLowest = highest < 0 ? 0 : view.levels[index]!.log - view.levels[lowest]!.log;
  const pull = (which: number, perLog: number, perError: number) => {
    const level = view.levels[which]!;
    const { layers } = view.superlayers[which]!;
    const [logSlope, errorSlope] = levelSlopes(level, layers[0].length, view.dispersion);
    const rows = into.slice(4 * which, 4 * which + 4) as Float64Array[];
    pullLevel(level, layers, perLog * logSlope + perError * errorSlope, rows);
  };
  const perError = 5 * view.levels[index]!.error < 4 ? 5 * by('superlayerError') : 0;
  if (highest < 0) return pull(index, 0, perError);
  const perHighest =
    3 * by('superlayerBelowHighest') * inside(3 * belowHighest) +
    3 * by('layerBelowHighest') * inside(3 * (belowHighest + rate));
  const perLowest = 3 * by('superlayerBelowLowest') * inside(3 * belowLowest);
  pull(index, perHighest + perLowest, perError);
  pull(highest, -perHighest, 0);
  pull(lowest, -perLowest, 0);
}

/** Derivative of `scaleEvidence`. */
function unscale(evidence: number): number {
  return 1 / (deadCells.clip + evidence);
}

/** Derivative of the clamp to -6..3. */
function inside(value: number): number {
  return value > -6 && value < 3 ? 1 : 0;
}

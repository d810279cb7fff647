import { layersPerSuperlayer } from '@dtdqm/contract';
import { zeros } from '../prepare/arrayPool.ts';
import { addToColumns, atWires } from '../prepare/grid.ts';
import type { ChamberView } from './chamberView.ts';
import {
  backpropCellEvidence,
  backpropVeto,
  cellEvidence,
  deadCells,
  greatestStretch,
  jointEvidence,
  lowCells,
  noStretch,
  weakCells,
  type Hypothesis,
} from './evidence.ts';
import { againstOthers, featureIndex, profileDispersionOf, rateError, type FeatureName } from './features.ts';
import { addUp, backpropLevel, backpropTotals, levelSlopes, logRatio, noTotals } from './levels.ts';
import { backpropColumns, backpropProfile } from './profile.ts';
import { backpropMissingLayers, backpropSiblings, rowsWithMissingLayers } from './siblings.ts';
import type { SuperlayerView } from './chamberView.ts';

/** A layer, the gradient by its features, and gradients by what these are made of, before they are taken on to wires. */
interface Layer {
  readonly view: ChamberView;
  /** Row 0..11, and superlayer 0..2. */
  readonly row: number;
  readonly index: number;
  /** 0..3 in its superlayer. */
  readonly own: number;
  readonly superlayer: SuperlayerView;
  readonly hits: Float64Array;
  readonly siblings: Float64Array;
  /** Gradient by a feature. */
  by(name: FeatureName): number;
  readonly intoHits: Float64Array;
  readonly intoSiblings: Float64Array;
  /** By the profile's expected hits per layer, and by the columns themselves. */
  readonly intoProfile: Float64Array;
  readonly intoColumns: Float64Array;
}

const stretch = noStretch();
/** Evidence by cell while one stretch is looked at: an array made for each would cost as much as its arithmetic. */
const cells = new Float64Array(512);
const both = new Float64Array(512);

/**
 * Takes the gradient by the features of one layer back to the hits of the chamber's wires: the transposed Jacobian of
 * `writeLayerFeatures` in a chamber whose estimates (dispersions, smoothing widths, weights of the fit, history) are held, see
 * `estimatesOf` of `ChamberWires`.
 *
 * @param gradient by feature.
 * @param into twelve rows of the chamber, one value per wire, added to.
 */
export function backpropLayerFeatures(
  view: ChamberView,
  row: number,
  gradient: Float32Array,
  into: readonly (Float64Array | null)[],
): void {
  const index = Math.floor(row / layersPerSuperlayer);
  const own = row % layersPerSuperlayer;
  const superlayer = view.superlayers[index]!;
  const hits = superlayer.layers[own]!;
  const rows = rowsWithMissingLayers(into, view.superlayers);
  const four = rows.slice(4 * index, 4 * index + 4) as Float64Array[];
  const layer: Layer = {
    ...{ view, row, index, own, superlayer, hits },
    siblings: superlayer.siblings[own]!,
    by: (name) => gradient[featureIndex[name]]!,
    intoHits: four[own]!,
    intoSiblings: zeros(hits.length),
    intoProfile: zeros(superlayer.columns.length),
    intoColumns: zeros(superlayer.columns.length),
  };
  backpropSiblingEvidence(layer);
  const rate = backpropRate(layer);
  backpropProfileEvidence(layer);
  backpropPast(layer);
  backpropLevels(layer, rate, rows);

  backpropSiblings(superlayer.layers, superlayer.grid, own, layer.intoSiblings, superlayer.reach[own]!, four);
  // The profile per layer is a quarter of that per column.
  for (let column = 0; column < layer.intoProfile.length; column++) layer.intoProfile[column]! /= 4;
  backpropProfile(superlayer.profile, layer.intoProfile, layer.intoColumns);
  backpropColumns(superlayer.layers, superlayer.grid, layer.intoColumns, four);
  backpropMissingLayers(rows, view.superlayers, into);
}

/** Takes the gradient by the scaled evidence of the strongest stretch back to hits and expectations; leaves evidence in `cells`. */
function backpropStrongest(
  { hits, intoHits }: Pick<Layer, 'hits' | 'intoHits'>,
  expected: Float64Array,
  dispersion: number,
  level: Hypothesis,
  gradient: number,
  expectedInto: Float64Array,
): void {
  cellEvidence(hits, expected, dispersion, level, cells);
  greatestStretch(cells, hits.length, stretch);
  const perNat = gradient * unscale(stretch.evidence);
  backpropCellEvidence(cells, stretch, dispersion, level, perNat, intoHits, expectedInto);
}

function backpropSiblingEvidence(layer: Layer): void {
  const { hits, siblings, by, intoHits, intoSiblings } = layer;
  const { dispersion } = layer.view;
  backpropStrongest(layer, siblings, dispersion, weakCells, by('siblingWeak'), intoSiblings);
  backpropStrongest(layer, siblings, dispersion, lowCells, by('siblingLow'), intoSiblings);
  backpropStrongest(layer, siblings, dispersion, deadCells, by('siblingDead'), intoSiblings);
  let total = 0;
  for (let wire = 0; wire < hits.length; wire++) if (cells[wire]! > 0) total += cells[wire]!;
  const perNat = by('singleCells') * unscale(total);
  for (let wire = 0; wire < hits.length; wire++) {
    const single = { first: wire, last: wire };
    if (cells[wire]! > 0)
      backpropCellEvidence(cells, single, dispersion, deadCells, perNat, intoHits, intoSiblings);
  }
}

/** Returns the log of the layer's rate over its siblings'. */
function backpropRate({ view, index, hits, siblings, by, intoHits, intoSiblings }: Layer): number {
  const { dispersion, blockDispersion } = view;
  const totals = noTotals();
  addUp(hits, siblings, dispersion, totals);
  const { found, expected } = totals;
  const rate = logRatio(found, expected);
  const error = rateError(found, expected, blockDispersion);
  const { belowHighest } = againstOthers(view, index);

  const perSignificance = by('rateSignificance') * inside(rate / error / 4);
  const perRate =
    2 * by('rate') * inside(2 * rate) +
    perSignificance / error / 4 +
    3 * by('layerBelowHighest') * inside(3 * (belowHighest + rate));
  const perError = (-perSignificance * rate) / error ** 2 / 4 + (5 * error < 4 ? 5 * by('rateError') : 0);
  const perFound = perRate / (found + 0.5) - (perError * blockDispersion) / (2 * error * (found + 1) ** 2);
  const perLog = by('hits') / Math.LN10 / (expected / hits.length + 0.1) / hits.length;
  const perExpected =
    -perRate / (expected + 0.5) - (perError * blockDispersion) / (error * (2 * expected + 1) ** 2) + perLog;
  backpropTotals(hits, siblings, perFound, perExpected, intoHits, intoSiblings);

  if (totals.spikeWire < 0) return rate;
  const wanted = siblings[totals.spikeWire]!;
  const sd = Math.sqrt(dispersion * wanted + 1);
  const perSpike = by('noise') / 2 / (1 + totals.spike);
  const height = hits[totals.spikeWire]! - wanted;
  intoHits[totals.spikeWire]! += perSpike / sd;
  intoSiblings[totals.spikeWire]! -= perSpike * (1 / sd + (height * dispersion) / (2 * sd ** 3));
  return rate;
}

function backpropProfileEvidence(layer: Layer): void {
  const { view, index, own, superlayer, hits, by, intoHits, intoProfile, intoColumns } = layer;
  const { grid, columnDispersion } = superlayer;
  const dispersion = profileDispersionOf(view, index);
  const perLayer = atWires(superlayer.perLayer, grid, own);
  const byProfile = zeros(hits.length);
  const byColumnExpected = zeros(grid.width);
  const backpropLevelOf = (
    [profile, column, joint]: readonly [FeatureName, FeatureName, FeatureName],
    level: Hypothesis,
    columns: Float64Array,
  ) => {
    backpropStrongest(layer, perLayer, dispersion, level, by(profile), byProfile);
    greatestStretch(columns, columns.length, stretch);
    const perColumn = by(column) * unscale(stretch.evidence);
    backpropCellEvidence(columns, stretch, columnDispersion, level, perColumn, intoColumns, byColumnExpected);
    const mine = atWires(columns, grid, own);
    jointEvidence(mine, cells, hits.length, both);
    greatestStretch(both, hits.length, stretch);
    const perNat = by(joint) * unscale(stretch.evidence);
    const [mineInto, mineExpected] = [zeros(hits.length), zeros(hits.length)];
    backpropCellEvidence(mine, stretch, columnDispersion, level, perNat, mineInto, mineExpected);
    addToColumns(mineInto, grid, own, intoColumns);
    addToColumns(mineExpected, grid, own, byColumnExpected);
    backpropVeto(cells, stretch, dispersion, level, perNat, intoHits, byProfile);
  };
  backpropLevelOf(['profileDead', 'columnDead', 'jointDead'], deadCells, superlayer.columnDead);
  backpropLevelOf(['profileWeak', 'columnWeak', 'jointWeak'], weakCells, superlayer.columnWeak);
  addToColumns(byProfile, grid, own, intoProfile);
  byColumnExpected.forEach((value, column) => (intoProfile[column]! += 4 * value));
}

function backpropPast(layer: Layer): void {
  const { view, row, index, superlayer, hits, by, intoHits, intoColumns } = layer;
  const { dispersion, history } = view;
  const past = history?.expected[row];
  if (!past) return;
  // The past is what it was: no gradient goes there.
  const fixed = zeros(Math.max(hits.length, intoColumns.length));
  backpropStrongest(layer, past, dispersion, deadCells, by('historyDead'), fixed);
  backpropStrongest(layer, past, dispersion, weakCells, by('historyWeak'), fixed);
  backpropStrongest(layer, past, dispersion, lowCells, by('historyLow'), fixed);
  const totals = noTotals();
  addUp(hits, past, dispersion, totals);
  const rate = logRatio(totals.found, totals.expected);
  const { level } = history;
  const perRate =
    2 * by('historyRate') * inside(2 * rate) +
    (level === undefined ? 0 : 2 * by('historyFall') * inside(2 * (rate + level)));
  backpropTotals(hits, past, perRate / (totals.found + 0.5), 0, intoHits, fixed);

  const columns = history.columnWeak[index]!;
  greatestStretch(columns, columns.length, stretch);
  const perNat = by('historyColumnWeak') * unscale(stretch.evidence);
  backpropCellEvidence(columns, stretch, superlayer.columnDispersion, weakCells, perNat, intoColumns, fixed);
}

function backpropLevels(
  { view, index, by }: Layer,
  rate: number,
  into: readonly (Float64Array | null)[],
): void {
  const { highest, lowest, belowHighest, belowLowest } = againstOthers(view, index);
  const backprop = (which: number, perLog: number, perError: number) => {
    const level = view.levels[which]!;
    const { layers } = view.superlayers[which]!;
    const [logSlope, errorSlope] = levelSlopes(level, layers[0].length, view.dispersion);
    const rows = into.slice(4 * which, 4 * which + 4) as Float64Array[];
    backpropLevel(level, layers, perLog * logSlope + perError * errorSlope, rows);
  };
  const perError = 5 * view.levels[index]!.error < 4 ? 5 * by('superlayerError') : 0;
  if (highest < 0) return backprop(index, 0, perError);
  const perHighest =
    3 * by('superlayerBelowHighest') * inside(3 * belowHighest) +
    3 * by('layerBelowHighest') * inside(3 * (belowHighest + rate));
  const perLowest = 3 * by('superlayerBelowLowest') * inside(3 * belowLowest);
  backprop(index, perHighest + perLowest, perError);
  backprop(highest, -perHighest, 0);
  backprop(lowest, -perLowest, 0);
}

/** Derivative of the evidence's scale, `ln(1 + nats / clip of dead cells)`. */
function unscale(nats: number): number {
  return 1 / (deadCells.clip + nats);
}

/** Derivative of the clamp to -6..3. */
function inside(value: number): number {
  return value > -6 && value < 3 ? 1 : 0;
}

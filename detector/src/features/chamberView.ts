import { superlayersOf, type ChamberId } from '@dtdqm/contract';
import { zeros } from '../prepare/arrayPool.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { Grid, LayerColumns } from '../prepare/grid.ts';
import { dispersionOf, medianChiSquared, layerScatterOf } from './dispersion.ts';
import { quantile, superlayerLevels, type SuperlayerLevel, meanOfWires } from './levels.ts';
import { cellEvidence, weakCells, deadCells, greatestStretch, noStretch } from './evidence.ts';
import { expectFromHistory, type Past, type LevelErrors } from './history.ts';
import { columnsOf, fitProfile, refitProfile, type Profile } from './profile.ts';
import { noiseOf, withoutNoise, type Noise } from './noise.ts';
import { byColumn, fourLayersOf, expectFromSiblings, type FourLayers, type Reaches } from './siblings.ts';

/** What is known of a chamber before any layer is judged; the judge names faults from it. */
export interface ChamberView {
  readonly chamber: ChamberId;
  /** Columns of the histogram in which the wires of layers 1..12 stand, see {@link ChamberWires}. */
  readonly columns: LayerColumns;
  /** Superlayers 1..3 at index 0..2; null where there is none. */
  readonly superlayers: readonly (SuperlayerView | null)[];
  readonly levels: readonly (SuperlayerLevel | null)[];
  /** Variance over mean of counts against siblings, at least 1. */
  readonly dispersion: number;
  /** The same for sums over eight cells: below 1 where siblings count the same muons. */
  readonly blockDispersion: number;
  /** How far layers lie from what their siblings let expect, median of the logarithm's magnitude. */
  readonly layerScatter: number;
  /** What good runs before let expect; undefined when there are none. */
  readonly history: PastView | undefined;
  /** What the hits of the chamber were multiplied by, see `thinned.ts`; everything in this view is of hits after that. */
  readonly thinning: number;
  /** Columns whose noise was taken off before: everything else in this view is of hits without it. */
  readonly noise: Noise;
}

interface PastView extends Past {
  /** By superlayer: evidence of each column, all four layers together, for being weak against the past. */
  readonly columnWeak: readonly (Float64Array | null)[];
  /** By superlayer: what the past lets expect of each column. */
  readonly columns: readonly (Float64Array | null)[];
}

/** The scatter of a reference made of two siblings. */
const referenceScatter = 1.4;
const residuals = new Float64Array(4096);

/** @param held its estimates are taken over, see `estimatesOf` of {@link ChamberWires}. */
export function viewChamber(
  whole: ChamberWires,
  held?: ChamberView,
  errors: LevelErrors = 'of-both',
): ChamberView {
  const thinning = held?.thinning ?? thinningOf(whole);
  const short = thinned(whole, thinning);
  const noise = held?.noise ?? noiseOf(short, thinning);
  const wires = { ...short, layers: withoutNoise(short.layers, noise) };
  const superlayers: (SuperlayerView | null)[] = [null, null, null];
  let count = 0;
  for (const superlayer of superlayersOf(wires.chamber.station)) {
    const grid = wires.grids[superlayer - 1] ?? null;
    const layers = fourLayersOf(wires.layers, grid, superlayer - 1);
    if (!grid || !layers) continue;
    const view = viewSuperlayer(layers, grid, held?.superlayers[superlayer - 1] ?? undefined);
    superlayers[superlayer - 1] = view;
    if (!held) count = collectResiduals(view, count);
  }
  const dispersion = held?.dispersion ?? dispersionOf(residuals, count, referenceScatter);
  const blockDispersion = held?.blockDispersion ?? dispersionOfBlocks(superlayers);
  const levels = superlayerLevels(
    wires.chamber,
    superlayers.map((view) => view && view.layers),
    dispersion,
  );
  return {
    chamber: wires.chamber,
    columns: wires.columns,
    superlayers,
    levels,
    dispersion,
    blockDispersion,
    layerScatter: held?.layerScatter ?? layerScatterOf(superlayers),
    history: viewPast(
      held
        ? held.history
        : expectFromHistory(
            wires,
            thinning,
            superlayers.map((each) => each?.columnDispersion ?? 1),
            errors,
          ),
      superlayers,
    ),
    thinning,
    noise,
  };
}

function viewPast(
  past: Past | undefined,
  superlayers: readonly (SuperlayerView | null)[],
): PastView | undefined {
  if (!past) return undefined;
  const columns = superlayers.map((view, index) => {
    const layers = view && fourLayersOf(past.expected, view.grid, index);
    return view && layers ? columnsOf(byColumn(layers, view.grid), view.grid) : null;
  });
  const columnWeak = superlayers.map((view, index) => {
    const expected = columns[index];
    if (!view || !expected) return null;
    const evidence = zeros(expected.length);
    cellEvidence(view.columns, expected, view.columnDispersion, weakCells, evidence);
    return evidence;
  });
  return { ...past, columns, columnWeak };
}

/** Every other cell is enough for a median. */
function collectResiduals({ layers, siblings }: SuperlayerView, count: number): number {
  for (let own = 0; own < 4; own++) {
    const hits = layers[own]!;
    const expected = siblings[own]!;
    for (let wire = own & 1; wire < hits.length && count < residuals.length; wire += 2) {
      const wanted = expected[wire]!;
      if (wanted > 1) residuals[count++] = (hits[wire]! - wanted) ** 2 / wanted;
    }
  }
  return count;
}

const block = 8;
const leastBlockDispersion = 0.2;

/** Scatter of the four layers' sums over blocks of cells about their mean, from the median over all blocks. */
function dispersionOfBlocks(superlayers: readonly (SuperlayerView | null)[]): number {
  let count = 0;
  for (const view of superlayers) {
    if (!view) continue;
    const { layers, grid } = view;
    for (let first = 0; first + block <= grid.width;) {
      if (!isComplete(grid, first)) {
        first++;
        continue;
      }
      for (let own = 0; own < 4; own++) sums[own] = sumOf(layers[own]!, grid.nearest[own]![first]!);
      const mean = (sums[0]! + sums[1]! + sums[2]! + sums[3]!) / 4;
      // Of four values about their own mean, three quarters of the variance are left.
      for (let own = 0; own < 4; own++) residuals[count++] = (sums[own]! - mean) ** 2 / (0.75 * mean + 1e-3);
      first += block;
    }
  }
  return Math.max(leastBlockDispersion, quantile(residuals, count, 0.5) / medianChiSquared);
}

const sums = new Float64Array(4);

/** Whether all four layers have a wire in each column of a block. */
function isComplete({ missing }: Grid, first: number): boolean {
  for (let column = first; column < first + block; column++) if (missing[column]) return false;
  return true;
}

function sumOf(layer: Float64Array, first: number): number {
  let sum = 0;
  for (let wire = first; wire < first + block; wire++) sum += layer[wire]!;
  return sum;
}

/** What the four layers of a superlayer say of each other. */
export interface SuperlayerView {
  readonly grid: Grid;
  /** Hits per wire. */
  readonly layers: FourLayers;
  /** The same by column. */
  readonly aligned: FourLayers;
  /** Expected hits per wire of each layer from its siblings. */
  readonly siblings: FourLayers;
  /** Cells to either side that were averaged for that, by layer. */
  readonly reach: Reaches;
  /** Hits per column of all four layers, and what the healthy columns let expect there. */
  readonly columns: Float64Array;
  readonly profile: Profile;
  /** The profile per layer, by column: a quarter of it. See `atWires`. */
  readonly perLayer: Float64Array;
  /** Variance over mean of columns about the profile, at least 1. */
  readonly columnDispersion: number;
  /** Evidence of each column for being dead or weak as a whole. */
  readonly columnDead: Float64Array;
  readonly columnWeak: Float64Array;
  /** Nats of the stretch of columns that speaks most for being dead, or weak. */
  readonly strongestDead: number;
  readonly strongestWeak: number;
}

const columnResiduals = new Float64Array(512);
const stretch = noStretch();

/** @param held its estimates are taken over: widths of smoothing, weights of the fit, dispersion. */
function viewSuperlayer(layers: FourLayers, grid: Grid, held?: SuperlayerView): SuperlayerView {
  const { width } = grid;
  const aligned = byColumn(layers, grid);
  const { siblings, reach } = expectFromSiblings(aligned, grid, held?.reach);
  const columns = columnsOf(aligned, grid);
  const profile = held ? refitProfile(columns, held.profile) : fitProfile(columns);
  const perLayer = zeros(width);
  for (let column = 0; column < width; column++) {
    const expected = profile.expected[column]!;
    const residual = columns[column]! - expected;
    columnResiduals[column] = (residual * residual) / (expected < 1 ? 1 : expected);
    perLayer[column] = expected / 4;
  }
  const columnDispersion = held?.columnDispersion ?? dispersionOf(columnResiduals, width, 1);
  const [columnDead, columnWeak] = [zeros(width), zeros(width)];
  cellEvidence(columns, profile.expected, columnDispersion, deadCells, columnDead);
  cellEvidence(columns, profile.expected, columnDispersion, weakCells, columnWeak);
  greatestStretch(columnDead, width, stretch);
  const strongestDead = stretch.evidence;
  greatestStretch(columnWeak, width, stretch);
  const strongestWeak = stretch.evidence;
  return {
    grid,
    layers,
    aligned,
    siblings,
    reach,
    columns,
    profile,
    perLayer,
    columnDispersion,
    columnDead,
    columnWeak,
    strongestDead,
    strongestWeak,
  };
}

/**
 * Hits per wire beyond which more of them say nothing new: at 1,500 a cell is counted to 2.6 %, which is what
 * healthy wires differ by anyway. A long run counts millions, and what is significant by counting alone is not a fault.
 */
const mostHits = 1500;

/** Layers that may count more: a cell that fires all the time lifts the mean of its layer to anything. */
const passedOver = 2;

/** By what the hits of a chamber are multiplied before they are judged: 1, but in long runs. */
function thinningOf({ layers }: ChamberWires): number {
  const means = layers.flatMap((hits) => (hits ? [meanOfWires(hits)] : [])).filter((mean) => mean > mostHits);
  if (means.length <= passedOver) return 1;
  return mostHits / means.sort((a, b) => b - a)[passedOver]!;
}

/** The same chamber as a shorter run would have counted it, fractions of hits kept; itself when nothing is to be done. */
function thinned(chamber: ChamberWires, factor: number): ChamberWires {
  if (factor === 1) return chamber;
  return { ...chamber, layers: chamber.layers.map((hits) => hits && times(hits, factor)) };
}

function times(hits: Float64Array, factor: number): Float64Array {
  const product = zeros(hits.length);
  for (let wire = 0; wire < hits.length; wire++) product[wire] = factor * hits[wire]!;
  return product;
}

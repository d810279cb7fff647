import { superlayersOf, type ChamberId } from '@dtdqm/contract';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import { columnsOf } from './columns.ts';
import { dispersionOf, medianChiSquared } from './dispersion.ts';
import { cellEvidence, weakCells } from './evidence.ts';
import { expectFromHistory, type Past } from './history.ts';
import { layerScatterOf } from './layerScatter.ts';
import { roomFor } from '../prepare/memory.ts';
import { superlayerLevel, type SuperlayerLevel } from './levels.ts';
import { quantile } from './quantile.ts';
import { fourLayers } from './standIn.ts';
import { thinned, thinningOf } from './thinned.ts';
import { viewSuperlayer, type SuperlayerView } from './superlayerView.ts';

/** What is known of a chamber before any layer is judged; the judge names faults from it. */
export interface ChamberView {
  readonly chamber: ChamberId;
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
}

export interface PastView extends Past {
  /** By superlayer: evidence of each column, all four layers together, for being weak against the past. */
  readonly columnWeak: readonly (Float64Array | null)[];
}

/** The scatter of a reference made of two siblings. */
const referenceScatter = 1.4;
const residuals = new Float64Array(4096);

/** @param held its estimates are taken over, see `estimatesOf` of {@link ChamberWires}. */
export function viewChamber(whole: ChamberWires, held?: ChamberView): ChamberView {
  const thinning = held?.thinning ?? thinningOf(whole);
  const wires = thinned(whole, thinning);
  const superlayers: (SuperlayerView | null)[] = [null, null, null];
  let count = 0;
  for (const superlayer of superlayersOf(wires.chamber.station)) {
    const layers = fourLayers(wires.layers, superlayer - 1);
    if (!layers) continue;
    const view = viewSuperlayer(layers, held?.superlayers[superlayer - 1] ?? undefined);
    superlayers[superlayer - 1] = view;
    if (!held) count = collectResiduals(view, count);
  }
  const dispersion = held?.dispersion ?? dispersionOf(residuals, count, referenceScatter);
  const blockDispersion = held?.blockDispersion ?? dispersionOfBlocks(superlayers);
  const levels = superlayers.map((view, index) =>
    view ? superlayerLevel(wires.chamber, (index + 1) as 1 | 2 | 3, view.layers, dispersion) : null,
  );
  return {
    chamber: wires.chamber,
    superlayers,
    levels,
    dispersion,
    blockDispersion,
    layerScatter: held?.layerScatter ?? layerScatterOf(superlayers),
    history: viewPast(held ? held.history : expectFromHistory(wires, thinning), superlayers),
    thinning,
  };
}

function viewPast(
  past: Past | undefined,
  superlayers: readonly (SuperlayerView | null)[],
): PastView | undefined {
  if (!past) return undefined;
  const columnWeak = superlayers.map((view, index) => {
    const layers = fourLayers(past.expected, index);
    if (!view || !layers) return null;
    const { columns, columnDispersion } = view;
    const expected = columnsOf(layers, roomFor(columns.length));
    const evidence = roomFor(columns.length);
    cellEvidence(columns, expected, columnDispersion, weakCells, evidence);
    return evidence;
  });
  return { ...past, columnWeak };
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
    const { layers } = view;
    const wires = Math.min(layers[0].length, layers[1].length, layers[2].length, layers[3].length);
    for (let first = 0; first + block <= wires; first += block) {
      for (let own = 0; own < 4; own++) sums[own] = sumOf(layers[own]!, first, first + block);
      const mean = (sums[0]! + sums[1]! + sums[2]! + sums[3]!) / 4;
      // Of four values about their own mean, three quarters of the variance are left.
      for (let own = 0; own < 4; own++) residuals[count++] = (sums[own]! - mean) ** 2 / (0.75 * mean + 1e-3);
    }
  }
  return Math.max(leastBlockDispersion, quantile(residuals, count, 0.5) / medianChiSquared);
}

const sums = new Float64Array(4);

function sumOf(layer: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let wire = from; wire < to; wire++) sum += layer[wire]!;
  return sum;
}

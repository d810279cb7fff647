import type { ChamberView } from '../features/chamberView.ts';
import { cellEvidence, greatestStretch, lowCells, noStretch } from '../features/evidence.ts';
import { rateError } from '../features/layerFeatures.ts';
import { logRatio } from '../features/totals.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import { healthyHits, raiseToPast } from './reference.ts';
import { findRegion, ratioOf, type Region } from './region.ts';

/** A region is healed when its hits lack by this share and by this many standard deviations. */
const lacking = 0.15;
const deviations = 4;
/** Cells that count more than this many times what is expected, and a few hits, are brought down. */
const spike = 2;
const spikeHits = 8;

/** Nats of evidence for "at two thirds" below which no region is looked for. */
const worthLooking = 4;

/**
 * The same chamber with what is missing filled in and spikes taken out: what saliency compares with. Wires that are as
 * expected stay as they are, so that they have nothing to explain; a chamber that lacks nothing is returned itself.
 */
export function healedChamber(chamber: ChamberWires, view: ChamberView): ChamberWires {
  const layers = chamber.layers.map((hits, row) => {
    const seen = view.superlayers[row >> 2]?.layers[row & 3];
    if (!hits || !seen) return hits;
    const healed = healLayer(view, row, seen);
    return healed === seen
      ? hits
      : hits.map((own, wire) => own + (healed[wire]! - seen[wire]!) / view.thinning);
  });
  return layers.every((hits, row) => hits === chamber.layers[row]) ? chamber : { ...chamber, layers };
}

/** The layer itself when nothing is to be healed. */
function healLayer(view: ChamberView, row: number, hits: Float64Array): Float64Array {
  const expected = healthyHits(view, row);
  raiseToPast(view, row, expected);
  const region = lackingRegion(view, row, hits, expected);
  const isSpike = (found: number, wire: number) => found > spike * expected[wire]! + spikeHits;
  if (!region && !hits.some(isSpike)) return hits;
  return hits.map((found, wire) => {
    const wanted = expected[wire]!;
    if (isSpike(found, wire)) return wanted;
    return region && wire >= region.first && wire <= region.last ? Math.max(found, wanted) : found;
  });
}

const evidence = new Float64Array(512);
const stretch = noStretch();

function lackingRegion(
  view: ChamberView,
  row: number,
  hits: Float64Array,
  expected: Float64Array,
): Region | undefined {
  cellEvidence(hits, expected, view.dispersion, lowCells, evidence);
  greatestStretch(evidence, hits.length, stretch);
  const total = logRatio(sumOf(hits), sumOf(expected));
  if (stretch.evidence < worthLooking && total > -lacking / 2) return undefined;
  const region = findRegion(row, hits, expected, view.dispersion);
  const error = rateError(region.found, region.expected, view.dispersion);
  const significant = logRatio(region.found, region.expected) < -deviations * error;
  return significant && ratioOf(region) < 1 - lacking ? region : undefined;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum;
}

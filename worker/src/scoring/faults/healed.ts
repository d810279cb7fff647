import { viewChamber, type ChamberView } from '../features/chamberView.ts';
import { logRatio, rateError } from '../features/layerFeatures.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import { healthyHits } from './reference.ts';
import { findRegion, ratioOf } from './region.ts';

/** A region is healed when its hits lack by this share and by this many standard deviations. */
const lacking = 0.15;
const deviations = 4;
/** Cells that count more than this many times what is expected, and a few hits, are brought down. */
const spike = 2;
const spikeHits = 8;

/**
 * The same chamber with what is missing filled in and spikes taken out: what saliency compares with. Wires that are as
 * expected stay as they are, so that they have nothing to explain.
 */
export function healedChamber(chamber: ChamberWires): ChamberWires {
  const view = viewChamber(chamber);
  const layers = chamber.layers.map((hits, row) =>
    hits && view.superlayers[row >> 2] ? healLayer(view, row, hits) : hits,
  );
  return { ...chamber, layers };
}

function healLayer(view: ChamberView, row: number, hits: Float64Array): Float64Array {
  const expected = healthyHits(view, row);
  const region = findRegion(row, hits, expected, view.dispersion);
  const error = rateError(region.found, region.expected, view.dispersion);
  const heals =
    ratioOf(region) < 1 - lacking && logRatio(region.found, region.expected) < -deviations * error;
  return hits.map((found, wire) => {
    const wanted = expected[wire]!;
    if (found > spike * wanted + spikeHits) return wanted;
    return heals && wire >= region.first && wire <= region.last ? Math.max(found, wanted) : found;
  });
}

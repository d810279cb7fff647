import { mean, sum } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import { againstOthers, rateError } from '../features/features.ts';
import { cellEvidence, greatestStretch, lowCells, noStretch } from '../features/evidence.ts';
import { logRatio, superlayerRatio } from '../features/levels.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import { atWires } from '../prepare/grid.ts';
import { findRegion, ratioOf, type Region } from './regions.ts';

/** A region is filled in when its hits lack by this share and by this many standard deviations. */
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
export function healthyBaseline(chamber: ChamberWires, view: ChamberView): ChamberWires {
  const layers = chamber.layers.map((hits, row) => {
    const seen = view.superlayers[row >> 2]?.layers[row & 3];
    if (!hits || !seen) return hits;
    const healthy = healthyLayer(view, row, seen);
    return healthy === seen
      ? hits
      : hits.map((own, wire) => own + (healthy[wire]! - seen[wire]!) / view.thinning);
  });
  return layers.every((hits, row) => hits === chamber.layers[row]) ? chamber : { ...chamber, layers };
}

/** The layer itself when it lacks nothing. */
function healthyLayer(view: ChamberView, row: number, hits: Float64Array): Float64Array {
  const { expected: usual, lift } = expectHealthy(view, row);
  let expected = usual;
  let region = lackingRegion(view, row, hits, expected);
  if (region && lift > 1) {
    const level = expected.map((own) => own / lift);
    const local = lackingRegion(view, row, hits, level);
    if (local && local.gain >= localGain) [region, expected] = [local, level];
  }
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
  const total = logRatio(sum(hits), sum(expected));
  if (stretch.evidence < worthLooking && total > -lacking / 2) return undefined;
  const region = findRegion(row, hits, expected, view.dispersion);
  const error = rateError(region.found, region.expected, view.dispersion);
  const significant = logRatio(region.found, region.expected) < -deviations * error;
  return significant && ratioOf(region) < 1 - lacking ? region : undefined;
}

/** Nats from which a place that lacks hits against the level of its own superlayer explains more than that level does. */
export const localGain = 10;

/** A superlayer this far below the chamber's others (log) is taken to be weak itself, and they tell what to expect. */
const weakBelow = -0.2;

/**
 * Hits per wire that a layer would have were it healthy, by whatever knows better: its siblings, the smooth profile of the
 * superlayer, or the other superlayers when the whole superlayer is down. All zero when nothing in the chamber counts.
 *
 * @param row 0..11, of a layer that exists.
 * @param into where to write it; one value per wire.
 */
export function healthyHits(
  view: ChamberView,
  row: number,
  into: Float64Array = new Float64Array(view.superlayers[row >> 2]!.layers[row & 3]!.length),
): Float64Array {
  const index = row >> 2;
  const superlayer = view.superlayers[index]!;
  const siblings = superlayer.siblings[row & 3]!;
  const level = view.levels[index]!;
  const { highest, belowHighest: below } = againstOthers(view, index);
  if (below < surelyDown) return into.fill(levelFromOthers(view, index, highest));
  const lift = liftOf(below);
  // The profile averages over layers that may be down: its level is that of the upper layers.
  const fitted = mean(superlayer.perLayer);
  const scale = fitted > 0 ? level.mean / fitted : 1;
  const perLayer = atWires(superlayer.perLayer, superlayer.grid, row & 3);
  for (let wire = 0; wire < into.length; wire++) {
    const smooth = perLayer[wire]! * scale;
    const bySiblings = siblings[wire]!;
    into[wire] = lift * (bySiblings > 0.6 * smooth ? bySiblings : smooth);
  }
  return into;
}

/** Hits per wire that the other superlayers let expect of one, undefined without others. They agree, or the higher one tells. */
export function usualLevel(view: ChamberView, index: number): number | undefined {
  const { highest, lowest } = againstOthers(view, index);
  if (highest < 0) return undefined;
  const [high, low] = [levelFromOthers(view, index, highest), levelFromOthers(view, index, lowest)];
  return low > agreeing * high ? Math.sqrt(low * high) : high;
}

/** Two superlayers agree when one has this share of what the other lets expect. */
const agreeing = 0.85;

/** Logarithm below which a superlayer says nothing of itself. */
export const surelyDown = -3;

export function liftOf(below: number): number {
  return below < weakBelow ? Math.exp(-below) : 1;
}

/**
 * What is expected of a layer that is thought to be bad: {@link healthyHits}, or what its past tells where it has fallen below that; and
 * how far it was lifted above the level of its own superlayer, since others stand higher.
 */
function expectHealthy(view: ChamberView, row: number): { expected: Float64Array; lift: number } {
  const expected = healthyHits(view, row);
  const lift = liftOf(againstOthers(view, row >> 2).belowHighest);
  return { expected, lift: raiseToPast(view, row, expected, lift > 1) ? 1 : lift };
}

/** Nats by which a stretch must lie below the past to be told by it; a board of four cells has six at most, see `lowCells`. */
const surelyBelow = 5;
/** A chamber this far below what the length of the run lets expect (log) is taken to be weak as a whole. */
export const chamberBelow = -0.15;
/** A layer this far below its past (log), by so many standard deviations, is taken to have sunk as a whole. */
const sunkBelow = -0.08;
const sunkDeviations = 4;

/**
 * Raises what is expected of a layer to what its past lets expect, where it has surely fallen below that: what hits all its
 * neighbours alike is missing in them, too.
 *
 * @param expected as {@link healthyHits} made it; changed in place.
 * @param lifted whether it was lifted because other superlayers stand higher: what was always lower is so for another reason.
 * @returns whether it is what the past lets expect, all of it.
 */
export function raiseToPast(view: ChamberView, row: number, expected: Float64Array, lifted = false): boolean {
  const past = view.history?.expected[row];
  if (!past) return false;
  const level = view.history?.level ?? 0;
  const lift = level < chamberBelow ? Math.exp(-level) : 1;
  const usual = past.map((hits) => hits * lift);
  const hits = view.superlayers[row >> 2]!.layers[row & 3]!;
  cellEvidence(hits, usual, view.dispersion, lowCells, evidence);
  greatestStretch(evidence, hits.length, stretch);
  const fallen = logRatio(sum(hits), sum(usual));
  if (fallen < sunkBelow && fallen < -sunkDeviations * rateError(sum(hits), sum(usual), view.dispersion)) {
    [stretch.first, stretch.last] = [0, hits.length - 1];
  } else if (stretch.evidence < surelyBelow) return false;
  if (lifted) expected.set(usual);
  for (let wire = stretch.first; wire <= stretch.last; wire++) {
    expected[wire] = Math.max(expected[wire]!, usual[wire]!);
  }
  return lifted;
}

function levelFromOthers(view: ChamberView, index: number, highest: number): number {
  const { station, wheel } = view.chamber;
  const other = view.levels[highest]!;
  const perUnit = other.mean / superlayerRatio(station, wheel, highest + 1);
  return perUnit * superlayerRatio(station, wheel, index + 1);
}

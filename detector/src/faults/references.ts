import { layersPerSuperlayer } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import type { ChamberView, SuperlayerView } from '../features/chamberView.ts';
import { dispersionOf } from '../features/dispersion.ts';
import { againstOthers } from '../features/features.ts';
import { atWires } from '../prepare/grid.ts';
import { healthyHits, liftOf, surelyDown } from './healthyBaseline.ts';
import {
  type Reference,
  findStretch,
  groupRegions,
  highLevels,
  slopeOf,
  type NumberedRegion,
  type Region,
} from './regions.ts';
import { commonPlace } from './commonPlace.ts';

/** Scatter of a reference that is made of two siblings, over that of one layer. */
const siblingNoise = 1.3;
/** What wires of a healthy layer differ from their siblings by, and from their past (sd), however many hits there are. */
const siblingSpread = 0.02;
export const pastSpread = 0.03;

/** Siblings, or the profile where they lack the same, at the superlayer's own level; and the past. */
export function ownReferences(view: ChamberView, superlayer: SuperlayerView, row: number): Reference[] {
  const own = row % layersPerSuperlayer;
  const references = [
    {
      expected: levelHits(view, superlayer, row),
      variance: siblingNoise * view.dispersion,
      spread: siblingSpread,
    },
  ];
  const past = view.history?.expected[row];
  if (past && superlayer.layers[own])
    references.push({ expected: past, variance: pastVariance(view), spread: pastSpread });
  return references;
}

function levelHits(view: ChamberView, superlayer: SuperlayerView, row: number): Float64Array {
  const hits = healthyHits(view, row);
  const { belowHighest } = againstOthers(view, row >> 2);
  if (belowHighest < surelyDown)
    return atWires(superlayer.perLayer, superlayer.grid, row % layersPerSuperlayer);
  const lift = liftOf(belowHighest);
  return lift === 1 ? hits : hits.map((own) => own / lift);
}

/** Found once a chamber, and not for each of its layers. */
const pastVariances = new WeakMap<ChamberView, number>();

/** Room for the columns of three superlayers. */
const residuals = new Float64Array(1024);

/**
 * Variance over mean of what columns differ by from their past: all layers of a superlayer count the same muons, and the past was counted,
 * too. Superlayers that have sunk are taken at the level they have.
 */
export function pastVariance(view: ChamberView): number {
  const known = pastVariances.get(view);
  if (known !== undefined) return known;
  const { scale, columns } = view.history!;
  let count = 0;
  for (let index = 0; index < columns.length; index++) {
    const [found, past] = [view.superlayers[index]?.columns, columns[index]];
    if (!found || !past) continue;
    const level = sum(found) / Math.max(sum(past), 1);
    for (let column = 0; column < found.length && count < residuals.length; column++) {
      const expected = level * past[column]!;
      if (expected > 0) residuals[count++] = (found[column]! - expected) ** 2 / expected;
    }
  }
  const variance = Math.max(view.dispersion * (1 + scale), dispersionOf(residuals, count, 1));
  pastVariances.set(view, variance);
  return variance;
}

/** What a bad layer counts. */
export interface LackingLayer {
  /** 0..11. */
  readonly row: number;
  readonly hits: Float64Array;
}

/** One fault: the same place in one or several layers of a superlayer. */
export type Group = readonly NumberedRegion[];

/**
 * Where bad layers of a chamber lack hits. For each superlayer there are two ways to describe it: every bad layer by a place and a level
 * of its own, against its siblings or its past; or one place in all layers, against the smooth profile, the other superlayers or the
 * past. The likelier one is taken. A layer that is not called bad belongs to a common place when its own counts say so, too.
 */
export function lackingGroups(view: ChamberView, bad: readonly LackingLayer[]): Group[] {
  return view.superlayers.flatMap((superlayer, index) => {
    const layers = bad.filter(({ row }) => row >> 2 === index);
    if (!superlayer || layers.length === 0) return [];
    const alone = layers.map((layer) => placeAlone(view, superlayer, layer));
    const common = commonPlace(view, superlayer, index, alone);
    const isJoined = ({ row }: Region) => common.some((own) => own.row === row);
    const groups = groupRegions(alone.filter((own) => !isJoined(own)).map((own) => numbered(view, own)));
    return common.length > 0 ? [common.map((own) => numbered(view, own)), ...groups] : groups;
  });
}

/** Nats that each level which is free to differ costs. */
const perLevel = 3;

/** A layer's own place by whichever reference says most. */
function placeAlone(view: ChamberView, superlayer: SuperlayerView, { row, hits }: LackingLayer): Region {
  const regions = ownReferences(view, superlayer, row).flatMap((reference): Region[] => [
    { row, wires: hits.length, ...findStretch(hits, reference) },
    slopeOf(row, hits, reference),
  ]);
  const best = regions.reduce((one, other) => (other.gain > one.gain ? other : one));
  return { ...best, gain: best.gain - perLevel };
}

/** Nats from which a layer surely lacks hits, or has too many, at one place, and the share of that by which the other may speak as well. */
const surelyNats = 20;
const otherShare = 0.25;

/**
 * Whether a layer lacks hits somewhere, or has too many, and not both: one whose wires only stand elsewhere has what it lacks at another
 * place.
 */
export function isOneSided(view: ChamberView, { row, hits }: LackingLayer): boolean {
  const superlayer = view.superlayers[row >> 2]!;
  return ownReferences(view, superlayer, row).some((reference) => {
    const low = Math.max(findStretch(hits, reference).gain, slopeOf(row, hits, reference).gain);
    const high = findStretch(hits, reference, highLevels).gain;
    const [less, more] = [Math.min(low, high), Math.max(low, high)];
    return more >= surelyNats && less <= otherShare * more;
  });
}

function numbered(view: ChamberView, region: Region): NumberedRegion {
  const columns = view.columns[region.row]!;
  return { ...region, numbers: { first: columns[region.first]! + 1, last: columns[region.last]! + 1 } };
}

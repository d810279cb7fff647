import type { ChamberView, SuperlayerView } from '../features/chamberView.ts';
import { commonPlace } from './commonPlace.ts';
import { ownReferences } from './references.ts';
import {
  findStretch,
  groupRegions,
  highLevels,
  slopeOf,
  type NumberedRegion,
  type Region,
} from './regions.ts';

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

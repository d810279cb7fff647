import {
  layersOf,
  noWire,
  rowsPerChamber,
  type ChamberId,
  type Matrix,
  type RunMoment,
} from '@dtdqm/contract';
import type { ChamberVerdict } from '@dtdqm/detector';
import { hitsOf, isEqual } from './look.ts';

/** Counts of a chamber as a look at a run in progress showed them; no matrix where nothing was counted yet. */
export interface Snapshot {
  /** Number of the look; 0 stands for the start of the run. */
  look: number;
  /** Null for a start that is not known. */
  moment: RunMoment | null;
  matrix: Matrix | null;
  /** What the run had given all chambers to count until then, in a unit of its own; null where that is not known. */
  exposure: number | null;
}

/** Counts that are less than before: whether it stays so, the next looks tell. */
interface Fallen {
  /** As they were shown first, and last. */
  first: Snapshot;
  last: Snapshot;
  /** Looks since then at which they grew. */
  grew: number;
  reason: string;
}

/** A chamber between two looks at a run in progress; plain data, as all of its parts. */
export interface ChamberInside<Watch> extends ChamberId {
  /** Where the open slice begins, and why that is not where the one before ended. */
  base: Snapshot;
  gap: string | null;
  /** The newest snapshot, as it was shown. */
  last: Snapshot;
  fallen: Fallen | null;
  /** Level that others let expect since the base, see `expectedInPart`; null where they do not tell. */
  expected: number | null;
  watch: Watch;
}

export type SliceVerdict = Pick<ChamberVerdict, 'verdicts' | 'faults'>;

/** A slice that has ended. */
export interface EndedSlice extends ChamberId, SliceVerdict {
  fromLook: number;
  look: number;
  matrix: Matrix;
  expected: number | null;
  gap: string | null;
}

/** What a snapshot makes of a chamber. */
export interface Step<Watch> {
  next: ChamberInside<Watch>;
  /** Hits since the snapshot before; absent where there is none to compare with. */
  part?: { from: Snapshot; matrix: Matrix };
  /** What was open when the counts began anew. */
  ended?: EndedSlice | null;
  /** It begins anew, as its gap says. */
  isAnew?: boolean;
}

/**
 * A server that restarted counts from 0, grows from there and stays below for long. One that answers from a cache, or is one of several that
 * do not know equally much, shows what it showed before and is above it again soon; taken for a restart, hits would be counted twice. So counts
 * that fell are believed when they have grown so many times without coming back.
 */
const believedAfter = 2;

/** Takes the newest snapshot of a chamber. */
export function stepTo<Watch>(
  chamber: ChamberInside<Watch>,
  newest: Snapshot & { matrix: Matrix },
): Step<Watch> {
  const { last, fallen } = chamber;
  if (goesOn(last.matrix, newest.matrix)) {
    const part = { from: last, matrix: difference(newest.matrix, last.matrix) };
    return { next: { ...chamber, last: newest, fallen: null }, part };
  }
  if (!fallen || !goesOn(fallen.last.matrix, newest.matrix)) {
    const reason = `${whyNot(last.matrix!, newest.matrix)} at ${newest.moment?.at.slice(11, 19)} UTC`;
    return { next: { ...chamber, fallen: { first: newest, last: newest, grew: 0, reason } } };
  }
  const grew = fallen.grew + (isEqual(fallen.last.matrix!, newest.matrix) ? 0 : 1);
  if (grew < believedAfter) return { next: { ...chamber, fallen: { ...fallen, last: newest, grew } } };
  const before = { ...chamber };
  const ended = endUnknown(before);
  const { first, reason } = fallen;
  return {
    next: { ...before, base: first, gap: reason, last: newest, fallen: null, expected: null },
    part: { from: first, matrix: difference(newest.matrix, first.matrix) },
    ended,
    isAnew: true,
  };
}

/** Hits since the base. */
export function openHits<Watch>({ base, last }: ChamberInside<Watch>): Matrix {
  return last.matrix ? difference(last.matrix, base.matrix) : [];
}

/** Ends the open slice of a chamber: the next one begins here. */
export function endSlice<Watch>(
  chamber: ChamberInside<Watch>,
  { verdicts, faults }: SliceVerdict,
): EndedSlice {
  const { base, last, gap, expected } = chamber;
  const matrix = openHits(chamber);
  Object.assign(chamber, { base: last, gap: null, expected: null });
  const range = { fromLook: base.look, look: last.look };
  return { ...placeOf(chamber), ...range, matrix, expected, gap, verdicts, faults };
}

/** Ends it though its hits are too few to be judged. @returns null when there is none. */
function endUnknown<Watch>(chamber: ChamberInside<Watch>): EndedSlice | null {
  const matrix = openHits(chamber);
  if (hitsOf(matrix) === 0) return null;
  const layers = layersOf(chamber.station);
  const verdicts = Array.from({ length: rowsPerChamber }, (_, row) => {
    return layers.includes(row + 1) && matrix[row]!.some((hits) => hits !== noWire)
      ? ('unknown' as const)
      : null;
  });
  return endSlice(chamber, { verdicts, faults: [] });
}

/** Ends what is open of a chamber, as no more will come. What was shown since counts fell is taken for what it looks like. */
export function endChamber<Watch>(before: ChamberInside<Watch>): {
  chamber: ChamberInside<Watch>;
  slices: EndedSlice[];
} {
  const chamber = { ...before };
  const slices = [endUnknown(chamber)];
  const { fallen } = chamber;
  if (fallen && fallen.grew > 0) {
    Object.assign(chamber, {
      base: fallen.first,
      last: fallen.last,
      gap: fallen.reason,
      fallen: null,
      expected: null,
    });
    slices.push(endUnknown(chamber));
  }
  return { chamber, slices: slices.flatMap((slice) => slice ?? []) };
}

/** Whether counts may have grown from one to the other. */
export function goesOn(before: Matrix | null, now: Matrix): boolean {
  return (
    before === null ||
    (isAlike(before, now) && before.every((row, y) => row.every((hits, x) => hits <= now[y]![x]!)))
  );
}

/** Whether both have the same wires. */
export function isAlike(a: Matrix, b: Matrix): boolean {
  return a.every(
    (row, y) =>
      row.length === b[y]?.length && row.every((hits, x) => (hits === noWire) === (b[y]![x] === noWire)),
  );
}

function whyNot(before: Matrix, now: Matrix): string {
  if (!isAlike(before, now)) return 'the source showed other wires than before';
  return `the counts fell back, from ${hitsOf(before)} hits to ${hitsOf(now)},`;
}

/** Hits that came between. */
export function difference(now: Matrix, before: Matrix | null): Matrix {
  return before === null
    ? now
    : now.map((row, y) => row.map((hits, x) => (hits === noWire ? noWire : hits - before[y]![x]!)));
}

/** Hits of two parts of a run. */
export function sumOfBoth(a: Matrix, b: Matrix): Matrix {
  return a.map((row, y) => row.map((hits, x) => (hits === noWire ? noWire : hits + b[y]![x]!)));
}

export function placeOf({ wheel, station, sector }: ChamberId): ChamberId {
  return { wheel, station, sector };
}

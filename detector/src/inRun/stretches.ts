import type { RunMoment } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { addTo, hitsOf, pack, unpack, type Counts, type Layout } from './counts.ts';

/** What a chamber counted in one look or several neighbouring ones, as it would have without the losses that were told. */
export interface Stretch {
  from: StoredMoment | null;
  to: StoredMoment;
  looks: number;
  /** Hits that the other chambers of the run let expect, in the unit of `exposure` of watchLook; null where nobody said. */
  exposure: number | null;
  counts: Counts;
  /** As they were read; taken away when they change. */
  packed?: string | undefined;
}

/** Time in milliseconds and lumisection. */
export type StoredMoment = readonly [at: number, lumisection: number | null];

/** A list, as names would be a fifth of what is stored; without `from` where it is the end of the one before. */
export type StoredStretch = readonly [
  to: StoredMoment,
  looks: number,
  exposure: number | null,
  hits: number,
  counts: string,
  from?: StoredMoment | null,
];

export const storeMoment = ({ at, lumisection }: RunMoment): StoredMoment => [Date.parse(at), lumisection];

export const readMoment = ([at, lumisection]: StoredMoment): RunMoment => ({
  at: new Date(at).toISOString(),
  lumisection,
});

const isSame = (a: StoredMoment | null | undefined, b: StoredMoment | null) =>
  a !== undefined && a !== null && b !== null && a[0] === b[0] && a[1] === b[1];

export function storeStretches(stretches: readonly Stretch[], { used }: Layout): StoredStretch[] {
  return stretches.map(({ from, to, looks, exposure, counts, packed }, index): StoredStretch => {
    const stored = [
      to,
      looks,
      exposure === null ? null : Number(exposure.toPrecision(5)),
      Math.round(hitsOf(counts)),
      packed ?? pack(counts, used, to[0] / 1000),
    ] as const;
    return isSame(stretches[index - 1]?.to, from) ? stored : [...stored, from];
  });
}

export function readStretches(stored: readonly StoredStretch[], layout: Layout): Stretch[] {
  return stored.map(([to, looks, exposure, , counts, from], index) => ({
    from: from === undefined ? stored[index - 1]![0] : from,
    ...{ to, looks, exposure },
    counts: unpack(counts, layout),
    packed: counts,
  }));
}

/** Hits and exposure of all; null where that is not known, or none was. */
export function ratesOf(stored: readonly StoredStretch[]): { hits: number; exposure: number } | null {
  const exposure = sumOf(stored, ([, , each]) => each ?? NaN);
  return exposure > 0 ? { exposure, hits: sumOf(stored, ([, , , hits]) => hits) } : null;
}

/** Puts the second into the first. */
function join(first: Stretch, second: Stretch): void {
  first.to = second.to;
  first.looks += second.looks;
  first.exposure =
    first.exposure === null || second.exposure === null ? null : first.exposure + second.exposure;
  addTo(first.counts, second.counts);
  first.packed = undefined;
}

/** Hits of a chamber that its first stretch takes in before it is left as it is. */
const hitsAtFirst = 4000;
/** The first one included. */
const mostStretches = 18;
/** Nearly all that can be told at all is told within so many looks: what lies further back need not be known so well in time. */
const farLooks = 40;

/** Joins neighbours until there are few enough; the first stretch keeps the beginning of the run, to compare what sinks slowly with. */
export function joinOld(stretches: Stretch[]): void {
  const size = sumOf(stretches, ({ counts }) => hitsOf(counts));
  const far = (farLooks * size) / sumOf(stretches, ({ looks }) => looks);
  const first = hitsOf(stretches[0]!.counts) < hitsAtFirst ? 0 : 1;
  const lengthAt = (newer: number) => (newer < far ? Math.sqrt(newer * far) : newer ** 2 / far);
  joinNeighbours(stretches, mostStretches, { first, lengthAt }, ({ counts }) => hitsOf(counts), join);
}

/**
 * Always the two that hold the least beside what they may, so that the newest stay single looks, and the older they are the longer they get.
 *
 * @param first may be joined with its neighbour, and all after it.
 * @param lengthAt what those may hold that so much came after, beside others.
 */
export function joinNeighbours<Item>(
  items: Item[],
  most: number,
  { first, lengthAt }: { readonly first: number; readonly lengthAt: (newer: number) => number },
  sizeOf: (item: Item) => number,
  joinInto: (older: Item, newer: Item) => void,
): void {
  while (items.length > most) {
    let newer = 0;
    let best = { index: first, share: Infinity };
    for (let index = items.length - 2; index >= first; index--) {
      const own = sizeOf(items[index + 1]!);
      const share = (sizeOf(items[index]!) + own + 1) / lengthAt(newer);
      if (share < best.share) best = { index, share };
      newer += own;
    }
    joinInto(items[best.index]!, items[best.index + 1]!);
    items.splice(best.index + 1, 1);
  }
}

/** All in one: what was learned stays, sums over a gap are not made. */
export function joinAll(stretches: Stretch[]): void {
  while (stretches.length > 1) join(stretches[0]!, stretches.splice(1, 1)[0]!);
}

import {
  formatChamber,
  type ChamberId,
  type Matrix,
  type RunChange,
  type RunLook,
  type RunMoment,
  type RunSpan,
} from '@dtdqm/contract';
import { counted, sumOf } from '@dtdqm/contract/numbers';
import { expectedInPart } from '@dtdqm/detector';
import { hitsOf, isEqual } from './look.ts';
import {
  type ChamberInside,
  type EndedSlice,
  type SliceVerdict,
  type Snapshot,
  type Step,
  endChamber,
  endSlice,
  openHits,
  placeOf,
  stepTo,
} from './snapshots.ts';

type LookMoment = Pick<Snapshot, 'look' | 'moment'>;

/** All that the next look at a run in progress needs to know of those before; plain data that JSON can hold. See docs/decisions/0030. */
export interface InsideState<Watch> {
  /** Looks so far that showed anything else than the one before. */
  looks: number;
  /** When the run began; null while that is not known. */
  start: RunMoment | null;
  /** Until when chambers have been told what others let expect of them. */
  expectedUntil: LookMoment | null;
  /** Why chambers that are new begin with what they show first, and not with the start of the run; null when they do not. */
  anew: string | null;
  chambers: ChamberInside<Watch>[];
}

/** Which form {@link InsideState} has: one of another form is not read. */
export const stateForm = 1;

/** A look at all chambers: those that were shown, as they were shown. */
export interface ShownLook {
  moment: RunMoment;
  /** When the run began, where that is known by now. */
  start: RunMoment | null;
  shown: readonly (ChamberId & { matrix: Matrix })[];
}

export type ChamberChange = Omit<RunChange, 'run' | keyof ChamberId>;

/** Watches the counts of a chamber from look to look for changes. What it remembers is plain data; parts are given in order. */
export interface Watcher<Watch> {
  /** Another one whenever what it remembers has another form. */
  readonly version: string;
  begin(chamber: ChamberId): Watch;
  /** What a look gave all chambers to count, by what some of them did; null where they do not tell. */
  exposure(chambers: readonly { watch: Watch; hits: number }[]): number | null;
  look(
    watch: Watch,
    part: RunSpan & { counts: Matrix; exposure: number | null },
  ): { watch: Watch; changes: readonly ChamberChange[] };
  /** Counts begin anew, of the same chamber; what lies between is not known. */
  rebase(watch: Watch): Watch;
}

/** @returns what is said of each; a layer that is unknown asks for more hits. */
export type JudgeSlices = (
  slices: readonly { chamber: ChamberId; matrix: Matrix; expected: number | null }[],
) => Promise<SliceVerdict[]>;

/** What a look at a run in progress adds to what is known of its inside. */
export interface FoldedLook<Watch> {
  state: InsideState<Watch>;
  /** Null when it showed nothing else than the one before. */
  look: (Omit<RunLook, 'from' | 'to'> & { moment: RunMoment }) | null;
  slices: EndedSlice[];
  changes: (ChamberId & ChamberChange)[];
  /** Chambers of which the watcher failed, and why: they are watched anew from here on. */
  unwatched: (ChamberId & { error: unknown })[];
}

/**
 * @param looks so far, of which nothing else is known any more.
 * @param anew see {@link InsideState}.
 */
export function beginInside<Watch>(looks = 0, anew: string | null = null): InsideState<Watch> {
  return { looks, start: null, expectedUntil: null, anew, chambers: [] };
}

/** Whether a look shows anything else than the one before; only then it is worth folding. */
export function showsOther<Watch>({ chambers }: InsideState<Watch>, shown: ShownLook['shown']): boolean {
  const known = byChamber(chambers);
  return shown.some((chamber) => {
    const before = known.get(formatChamber(chamber));
    const matrix = before && (before.fallen ?? before).last.matrix;
    return !matrix || !isEqual(matrix, chamber.matrix);
  });
}

/**
 * Takes a look into the state. Chambers that are not shown keep waiting, and their next slice is the longer. The differences to the bases
 * are judged together; those of which the judge calls no layer unknown become slices. Nothing but the arguments decides what comes of it.
 *
 * @param watcher told every difference between two snapshots of a chamber, once.
 */
export async function foldLook<Watch>(
  state: InsideState<Watch>,
  { moment, start: told, shown }: ShownLook,
  { judge, watcher }: { judge: JudgeSlices; watcher: Watcher<Watch> },
): Promise<FoldedLook<Watch>> {
  const start = told ?? state.start;
  if (!showsOther(state, shown))
    return { state: { ...state, start }, look: null, slices: [], changes: [], unwatched: [] };
  const look = state.looks + 1;
  const steps = stepsOf({ ...state, start }, shown, { look, moment }, watcher);
  const chambers = steps.map(({ next }) => next);
  const gaps = steps.flatMap(({ next, isAnew }) => (isAnew ? [next.gap ?? ''] : []));
  const parts = steps.flatMap(({ next, part }) => (part ? [{ ...part, chamber: placeOf(next) }] : []));
  const comparable = mostAlike(parts);
  const exposureSince = tellExposure(steps, comparable[0]?.from, watcher);
  const expectedUntil = expectMore(chambers, comparable, state.expectedUntil, { look, moment });
  const unwatched: FoldedLook<Watch>['unwatched'] = [];
  const changes = steps.flatMap(({ next, part, isAnew }) => {
    if (isAnew) next.watch = watcher.rebase(next.watch);
    if (!part) return [];
    const { from, matrix: counts } = part;
    const seen = { from: from.moment, to: moment, counts, exposure: exposureSince(from) };
    const said = lookOrBegin(watcher, next, seen, unwatched);
    next.watch = said.watch;
    return said.changes.map((change) => ({ ...placeOf(next), ...change }));
  });

  const open = steps.flatMap(({ next, part }) => (part ? [next] : []));
  const verdicts = await judge(
    open.map((each) => ({ chamber: placeOf(each), matrix: openHits(each), expected: each.expected })),
  );
  const judged = open.flatMap((chamber, index) => {
    const verdict = verdicts[index]!;
    return verdict.verdicts.includes('unknown') ? [] : [endSlice(chamber, verdict)];
  });
  return {
    state: { ...state, looks: look, start, expectedUntil, chambers },
    look: {
      ...{ look, moment, hits: sumOf(parts, ({ matrix }) => hitsOf(matrix)), judged: judged.length },
      waiting: chambers.filter(({ base, last }) => last.look > base.look).length,
      bad: judged.filter((slice) => slice.verdicts.includes('bad')).length,
      gap: gaps.length === 0 ? null : `${counted(gaps.length, 'chamber')}: ${gaps[0]}`,
    },
    slices: [...steps.flatMap(({ ended }) => ended ?? []), ...judged],
    changes,
    unwatched,
  };
}

/** A fault of the watcher in one chamber costs neither the look nor the other chambers. */
function lookOrBegin<Watch>(
  watcher: Watcher<Watch>,
  chamber: ChamberInside<Watch>,
  part: Parameters<Watcher<Watch>['look']>[1],
  unwatched: FoldedLook<Watch>['unwatched'],
): ReturnType<Watcher<Watch>['look']> {
  try {
    return watcher.look(chamber.watch, part);
  } catch (error) {
    const place = placeOf(chamber);
    unwatched.push({ ...place, error });
    return { watch: watcher.begin(place), changes: [] };
  }
}

/** Ends what is open, as no more will come: its hits are too few to be judged, and they are told all the same. */
export function endInside<Watch>(state: InsideState<Watch>): {
  state: InsideState<Watch>;
  slices: EndedSlice[];
} {
  const ended = state.chambers.map(endChamber);
  const slices = ended.flatMap((each) => each.slices);
  return { state: { ...state, chambers: ended.map(({ chamber }) => chamber) }, slices };
}

function stepsOf<Watch>(
  { chambers, start, anew }: InsideState<Watch>,
  shown: ShownLook['shown'],
  now: LookMoment,
  watcher: Watcher<Watch>,
): Step<Watch>[] {
  const known = byChamber(chambers);
  const seen = byChamber(shown);
  const absent = chambers
    .filter((each) => !seen.has(formatChamber(each)))
    .map((each) => ({ next: { ...each } }));
  const beginning = { look: 0, moment: start, matrix: null, exposure: 0 };
  return [
    ...shown.map((chamber): Step<Watch> => {
      const before = known.get(formatChamber(chamber));
      const newest = { ...now, matrix: chamber.matrix, exposure: null };
      if (before) return stepTo(before, newest);
      const base = anew === null ? beginning : newest;
      const watch = watcher.begin(placeOf(chamber));
      const next = { ...placeOf(chamber), base, gap: anew, last: base, fallen: null, expected: null, watch };
      return anew === null ? stepTo(next, newest) : { next, isAnew: true };
    }),
    ...absent,
  ];
}

interface Part {
  chamber: ChamberId;
  from: Snapshot;
  matrix: Matrix;
}

/** Parts that begin at the same look, as most do: they are comparable, and stand for all. */
function mostAlike(parts: readonly Part[]): readonly Part[] {
  return [...new Set(parts.map(({ from }) => from.look))]
    .map((look) => parts.filter(({ from }) => from.look === look))
    .reduce((most, each) => (each.length > most.length ? each : most), []);
}

/**
 * Notes with the newest snapshots what the run has given all chambers to count.
 *
 * @returns what it gave from a snapshot until now; null where that is not known.
 */
function tellExposure<Watch>(
  steps: readonly Step<Watch>[],
  first: Snapshot | undefined,
  watcher: Watcher<Watch>,
): (from: Snapshot) => number | null {
  const known = steps.flatMap(({ next, part }) =>
    part && part.from.look === first?.look ? [{ watch: next.watch, hits: hitsOf(part.matrix) }] : [],
  );
  const more = first ? watcher.exposure(known) : null;
  if (!first || more === null) return () => null;
  const exposure = (first.exposure ?? 0) + more;
  for (const { next, part } of steps) if (part) next.last = { ...next.last, exposure };
  // What was noted before a look at which nothing was known has another origin.
  return (from) => {
    if (from.look === first.look) return more;
    return from.exposure === null || first.exposure === null ? null : Math.max(0, exposure - from.exposure);
  };
}

/**
 * Tells chambers what the others let expect of them since they were told last; one whose base is younger, or that was told of some of the time
 * before, by the share of time.
 *
 * @returns until when they are told.
 */
function expectMore<Watch>(
  chambers: readonly ChamberInside<Watch>[],
  comparable: readonly Part[],
  until: InsideState<Watch>['expectedUntil'],
  now: LookMoment,
): LookMoment | null {
  const [first] = comparable;
  // Looks at few chambers, which plots of single lumisections tell, tell nothing of all others.
  if (!first || 2 * comparable.length < chambers.length) return until;
  const levels = expectedInPart(chambers.map(placeOf), comparable);
  chambers.forEach((chamber, index) => {
    const level = levels[index];
    if (level === undefined) return;
    const from = [chamber.base, until ?? chamber.base].reduce<LookMoment>(later, first.from);
    chamber.expected = (chamber.expected ?? 0) + level * shareOf(first.from, from, now);
  });
  return now;
}

const later = (a: LookMoment, b: LookMoment) => (b.look > a.look ? b : a);

/** Of the time from `first` to `now`, what came after `from`; none where the first is a start that is not known. */
function shareOf(first: LookMoment, from: LookMoment, now: LookMoment): number {
  if (from.look === first.look) return 1;
  const [began, since, end] = [first, from, now].map(({ moment }) => (moment ? Date.parse(moment.at) : NaN));
  const share = (end! - since!) / (end! - began!);
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

function byChamber<Chamber extends ChamberId>(chambers: readonly Chamber[]): Map<string, Chamber> {
  return new Map(chambers.map((chamber) => [formatChamber(chamber), chamber]));
}

import { sum, sumOf } from '@dtdqm/contract/numbers';
import { momentFrom, momentTo, type UnitChange } from './changes.ts';
import { creeping, poissonGain, ratioOf, whenOf, type Counted } from './likelihood.ts';
import { creepGain, creepLooks, lossLimit } from './losses.ts';
import { joinNeighbours, type StoredMoment } from './stretches.ts';
import type { Unit } from './units.ts';

/** What a unit that lost hits counted since, in one look or several, and what it would have counted healthy. */
interface Since {
  from: StoredMoment | null;
  to: StoredMoment;
  looks: number;
  found: number;
  expected: number;
}

/** A unit that lost hits and has not got them back. */
export interface Lost extends Unit {
  readonly kind: 'trip' | 'sink';
  /** Hits over those expected, as told or as it went on since. */
  readonly ratio: number;
  /** The ratio of looks since it was told, without the one in which it happened. */
  readonly isSettled: boolean;
  readonly dispersion: number;
  readonly since: readonly Readonly<Since>[];
}

/** A unit that lost hits and got them back: so many times, from when on. */
export interface Gone extends Unit {
  readonly times: number;
  readonly from: StoredMoment | null;
}

/** Nats from which on it is told that hits are back: what is lost is few beside all that could be. */
const recoveryLimit = 12;
/** A dead wire counts noise now and then. */
const leastRatio = 0.02;
/** Share of the hits from which on it has recovered, if all may be there; below it is watched on. */
const recovered = 0.75;
/** Share of the hits that must surely be back: a few looks may be lucky. */
const atLeastBack = 0.5;
/** Hits that a unit must have lacked since it was told for its ratio to be that of a whole loss. */
const settledHits = 60;
/** A loss that went on to less than so much of what it left is told once more. */
const deeper = 0.6;
const leastToDeepen = 0.15;
/** Comings and goings from which on it flickers: told once, and no more of its comings and goings after that. */
const flickers = 2;

export const lossOf = ({ kind, unit, found, expected, dispersion }: UnitChange): Lost => ({
  ...unit,
  kind: kind === 'sink' ? 'sink' : 'trip',
  ratio: found / expected,
  isSettled: false,
  dispersion,
  since: [],
});

const mostSince = 10;

/** Adds what a lost unit counted in a look. */
export function noteLook(lost: Lost, look: Omit<Since, 'looks'>): Lost {
  const since = lost.since.map((each) => ({ ...each }));
  since.push({ ...look, looks: 1, expected: Math.round(look.expected * 100) / 100 });
  joinNeighbours(
    since,
    mostSince,
    { first: 0, lengthAt: (newer) => newer },
    ({ expected }) => expected,
    (older, newer) => {
      older.to = newer.to;
      older.looks += newer.looks;
      older.found += newer.found;
      older.expected = Math.round((older.expected + newer.expected) * 100) / 100;
    },
  );
  return { ...lost, since };
}

/** Whether its hits are back, or still fewer: what is told of it, and what is watched on; null when that is nothing any more. */
export function judgeLost(lost: Lost): { change: UnitChange | null; lost: Lost | null } {
  const before = Math.max(leastRatio, lost.ratio);
  let back: Newest | null = null;
  let partly: Newest | null = null;
  let lower: Newest | null = null;
  let down: Newest | null = null;
  let [found, expected] = [0, 0];
  for (let since = lost.since.length - 1; since >= 0; since--) {
    found += lost.since[since]!.found;
    expected += lost.since[since]!.expected;
    const evidence = poissonGain(found, before * expected) / lost.dispersion;
    const newest = { since, found, expected };
    if (found < before * expected) {
      if (evidence > recoveryLimit) lower ??= newest;
      if (evidence > lossLimit) down ??= newest;
    } else if (evidence > recoveryLimit) {
      partly = newest;
      const { ratio, ratioRange } = ratioOf(found, expected, lost.dispersion);
      if (ratio >= recovered && ratioRange.low >= atLeastBack && ratioRange.high >= 0.95) back ??= newest;
    }
  }
  if (back !== null) return { change: changeOf(lost, 'recovery', back, before), lost: null };
  if (partly !== null) return { change: null, lost: inPart(lost, partly, before) };
  if (!lost.isSettled) {
    if (expected < settledHits) return { change: null, lost };
    return { change: null, lost: { ...lost, isSettled: true, ratio: found / expected } };
  }
  if (lower === null || lost.ratio < leastToDeepen || lost.kind === 'sink') return { change: null, lost };
  const looks = looksOf(lost.since);
  const { gain } = creeping(lost.since, looks);
  const clear = creepGain * lost.dispersion;
  // What was told as a trip and goes on falling was none: the word is put right, once. Which it is may take longer to be clear than that it is less.
  if (gain > clear && sum(looks) >= creepLooks) return fallen(lost, 'sink', lower, before);
  if (down === null || gain > -clear || down.found / down.expected >= deeper * before)
    return { change: null, lost };
  return fallen(lost, 'trip', down, before);
}

function fallen(lost: Lost, kind: Lost['kind'], now: Newest, before: number) {
  return {
    change: changeOf(lost, kind, now, before),
    lost: { ...lost, kind, ratio: now.found / now.expected, since: lost.since.slice(now.since) },
  };
}

const looksOf = (since: readonly Since[]) => since.map(({ looks }) => looks);

/** The newest looks: since an index, and their hits. */
interface Newest extends Counted {
  readonly since: number;
}

/** Hits expected from which on the level of some looks is known. */
const hitsToTell = 20;

/** Hits that came back, but not all: what is left from then on is what it is watched by. */
function inPart(lost: Lost, { found, expected }: Newest, before: number): Lost {
  const when = whenOf(lost.since, looksOf(lost.since), before, { found, expected }, lost.dispersion);
  const since = lost.since.slice(when.to.index + 1);
  const now = { found: sumOf(since, (look) => look.found), expected: sumOf(since, (look) => look.expected) };
  if (
    now.expected < hitsToTell ||
    ratioOf(now.found, now.expected, lost.dispersion).ratioRange.high >= recovered
  )
    return lost;
  return { ...lost, ratio: now.found / now.expected, isSettled: true, since };
}

function changeOf(
  { rows, columns, dispersion, since }: Lost,
  kind: UnitChange['kind'],
  { found, expected }: Newest,
  before: number,
): UnitChange {
  // What was left by then may not be what was told.
  const looks = looksOf(since);
  const now = { found, expected };
  const old = since.slice(0, whenOf(since, looks, before, now, dispersion).from.index);
  const hits = sumOf(old, (look) => look.expected);
  const left = hits >= hitsToTell ? sumOf(old, (look) => look.found) / hits : before;
  const when = whenOf(since, looks, left, now, dispersion);
  return {
    kind,
    unit: { rows, columns },
    from: kind === 'sink' ? since[0]!.from : momentFrom(since, when.from),
    to: kind === 'sink' ? since.at(-1)!.to : momentTo(since, when.to),
    found,
    expected,
    dispersion,
  };
}

const isSamePlace = (a: Unit, b: Unit) =>
  a.rows.some((row) => b.rows.includes(row)) &&
  (a.columns === null ||
    b.columns === null ||
    (a.columns[0] <= b.columns[1] && b.columns[0] <= a.columns[1]));

/**
 * Turns comings and goings of one place into one flicker, told when it has come back for the second time; what it does later is not told.
 *
 * @param gone what has gone and come before.
 * @param began when the loss that is over began, of a recovery.
 */
export function asFlicker(
  change: UnitChange,
  gone: readonly Gone[],
): { change: UnitChange | null; gone: readonly Gone[] } {
  const known = gone.find((other) => isSamePlace(other, change.unit));
  const isSilent = known !== undefined && known.times >= flickers;
  if (change.kind !== 'recovery') {
    if (known !== undefined) return { change: isSilent ? null : change, gone };
    return { change, gone: [...gone, { ...change.unit, times: 0, from: change.from }] };
  }
  if (known === undefined || isSilent) return { change: isSilent ? null : change, gone };
  const times = known.times + 1;
  const others = gone.map((other) => (other === known ? { ...known, times } : other));
  if (times < flickers) return { change, gone: others };
  return { change: { ...change, kind: 'flicker', from: known.from }, gone: others };
}

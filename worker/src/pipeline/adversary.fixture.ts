import fc from 'fast-check';

/** What a source does to what it shows for a while, besides growing. */
export const mischiefs = [
  /** The process is away: no listing, no chamber can be fetched. */
  'away',
  /** It has just started: it lists nothing and has no histogram. */
  'restarted',
  /** It lists the run and has none of its histograms. */
  'listed-only',
  /** Some histograms are not there, as after a rename or while it loads. */
  'half-loaded',
  /** Some cannot be fetched. */
  'failing',
  /** It answers what was true when this began. */
  'cached',
  /** So do some chambers only. */
  'partly-cached',
  /** Counts were set to zero when this began. */
  'reset',
  /** It shows a tenth. */
  'shrunk',
  /** Empty histograms of another width. */
  'other-width',
] as const;
export type Mischief = (typeof mischiefs)[number];

interface Spell {
  from: number;
  until: number;
}

/** A run as the detector takes it and what its source makes of it; times in seconds from the first listing. */
export interface History {
  /** Hits a second of each chamber. */
  rates: number[];
  begins: number;
  ends: number;
  /** The detector waits: no hits. */
  pauses: Spell[];
  /** Of overlapping ones the first counts. */
  mischief: (Spell & { what: Mischief })[];
  /** When the next run has its first hits; null for never. */
  nextRun: number | null;
  /** The source lists run 2147483647 too. */
  absurd: boolean;
  /** People fetch the run by hand. */
  byHand: number[];
}

const hour = 3600;
/** From then on the source is honest: within the two days in which runs are looked at again, however early one was taken for over. */
export const honestFrom = 40 * hour;

const spell = (longest: number) =>
  fc
    .tuple(
      fc.nat(honestFrom - 60),
      fc.oneof(fc.integer({ min: 30, max: 1200 }), fc.integer({ min: 60, max: longest })),
    )
    .map(([from, length]) => ({ from, until: Math.min(honestFrom, from + length) }));

export function histories(chambers: number): fc.Arbitrary<History> {
  return fc
    .record({
      rates: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: chambers, maxLength: chambers }),
      begins: fc.oneof(fc.nat(300), fc.nat(4 * hour)),
      length: fc.oneof(fc.integer({ min: 60, max: 1200 }), fc.integer({ min: 60, max: 20 * hour })),
      pauses: fc.array(spell(8 * hour), { maxLength: 3 }),
      mischief: fc.array(
        fc.tuple(spell(12 * hour), fc.constantFrom(...mischiefs)).map(([when, what]) => ({ ...when, what })),
        { maxLength: 8 },
      ),
      nextAfter: fc.option(fc.oneof(fc.integer({ min: 1, max: 600 }), fc.nat(10 * hour)), { freq: 5 }),
      absurd: fc.boolean(),
      byHand: fc.array(fc.nat(60 * hour), { maxLength: 2 }),
    })
    .map(({ length, nextAfter, ...history }) => {
      const ends = history.begins + length;
      return { ...history, ends, nextRun: nextAfter === null ? null : ends + nextAfter };
    });
}

/** Hits that a chamber has counted by then; the last of a run reach the source up to a minute after its end. */
export function truthAt({ rates, begins, ends, pauses }: History, chamber: number, at: number): number {
  const lag = 60;
  let seconds = 0;
  const until = Math.min(at - lag, ends);
  for (let t = begins; t < until; t += 1) {
    const pause = pauses.find(({ from, until: end }) => t >= from && t < end);
    if (pause === undefined) {
      const next = Math.min(until, ...pauses.filter(({ from }) => from > t).map(({ from }) => from));
      seconds += next - t;
      t = next - 1;
    } else t = Math.min(until, pause.until) - 1;
  }
  return seconds * (rates[chamber] ?? 0);
}

/** A chamber as the source shows it: hits, or what is wrong. `honest` when the source means well. */
export type Shown =
  { what: 'hits'; hits: number; honest: boolean } | { what: 'other-width' | 'absent' | 'failed' };

export function shownAt(history: History, chamber: number, at: number): Shown {
  const truth = truthAt(history, chamber, at);
  const now = mischiefAt(history, at);
  const isSome = chamber % 2 === 1;
  const asOf = (time: number): Shown => ({
    what: 'hits',
    hits: truthAt(history, chamber, time),
    honest: true,
  });
  switch (now?.what) {
    case 'away':
      return { what: 'failed' };
    case 'restarted':
    case 'listed-only':
      return { what: 'absent' };
    case 'half-loaded':
      return isSome ? { what: 'absent' } : asOf(at);
    case 'failing':
      return isSome ? { what: 'failed' } : asOf(at);
    case 'cached':
      return asOf(now.from);
    case 'partly-cached':
      return asOf(isSome ? now.from : at);
    case 'reset':
      return { what: 'hits', hits: truth - truthAt(history, chamber, now.from), honest: false };
    case 'shrunk':
      return { what: 'hits', hits: Math.floor(truth / 10), honest: false };
    case 'other-width':
      return { what: 'other-width' };
    case undefined:
      // Before the run begins there is nothing to show.
      return at < history.begins ? { what: 'absent' } : asOf(at);
  }
}

export function mischiefAt({ mischief }: History, at: number) {
  return at >= honestFrom ? undefined : mischief.find(({ from, until }) => at >= from && at < until);
}

/** Whether the listing names the run; null when there is no listing. */
export function isListed(history: History, at: number): boolean | null {
  const what = mischiefAt(history, at)?.what;
  return what === 'away' ? null : what !== 'restarted';
}

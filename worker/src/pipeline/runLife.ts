import type { RunLifeState } from '@dtdqm/contract';
import { counted } from '@dtdqm/contract/numbers';

/**
 * The life of a run: when it is looked at, and from when on it counts as over. Pure: time is an argument, and the columns of the
 * run table that hold it (storage/life.ts) say what this module returned, no more.
 *
 *                                  more came                     a newer run has data
 *                                   +----+                      +----------------------+
 *     [source lists it]             v    |                      |                      v      more came
 *      -> listed --- first hits --> growing --------------------+                   settling <----+
 *           |                        |   ^                                           |  ^  |      |
 *           |                        |   +---- (newest after all) -------------------+  |  +------+
 *           |           6 h of silence                        10 min without more       |
 *           |                        +------------------+------------------------+      |
 *           |                                           v                               |
 *           |                 all 250 had and shown?  yes: final    no: incomplete      |
 *           |                                           |  ^              |  ^          |
 *           |                                           |  +--shown whole-+  |          |
 *           |                                 more came |                 |  |          |
 *           |                                           +---> reopened <--+  |          |
 *           |                                                    |           |          |
 *           |                                                    +-----------|----------+
 *           +--------------- two days with nothing --------------------------+
 *
 *     any of them --- a fetch failed, or nothing is had and the source lists no such run ---> error --- a fetch succeeds --->
 *     what it was
 *
 * A run is over only on evidence: a newer run *that has hits itself* and a settled time, or a long silence; neither kind of DQM
 * server tells the end of a run. What is over is looked at again for two days, at intervals that double, because the evidence may
 * be wrong: a source that pauses, restarts or answers from a cache looks like one whose run is over.
 */
export interface RunLife {
  state: RunLifeState;
  /** Why it is in that state, or is looked at when it is, for people. */
  reason: string | null;
  /** Milliseconds since 1970 by the database's clock, as all times here: when the state began. */
  since: number;
  /** When it last brought hits that were not had before; null while nothing is had. */
  grewAt: number | null;
  /** Since when it counts as over; null while it does not. */
  overAt: number | null;
  /** When it is due to be looked at; null for never again by itself. */
  lookAt: number | null;
}

export interface LifeRule {
  /** From a look that brought more to the next one, two lumisections; doubles while nothing comes. */
  growingSeconds: number;
  /** Longest time between looks at a run that may be in progress. */
  quietSeconds: number;
  /** With a newer run that has data: how long without more until a run is over. The last lumisections of a run come within a minute or two of its end. */
  settledSeconds: number;
  /** Without: a detector pauses within a run for an hour or two, hardly for longer than a fill. */
  silenceSeconds: number;
  /** From the end of a run to the first look at it again; doubles from look to look. */
  againSeconds: number;
  /** For how long. */
  watchSeconds: number;
}

export const defaultLifeRule: LifeRule = {
  growingSeconds: 45,
  quietSeconds: 600,
  settledSeconds: 600,
  silenceSeconds: 6 * 3600,
  againSeconds: 600,
  watchSeconds: 2 * 86_400,
};

/**
 * How far above a run another one may be numbered and still say that it is over. CMS counts about 20,000 runs a year, 2147483647 is
 * somebody's test: with or without hits it says nothing about when other runs ended.
 */
export const mostRunsAhead = 100_000;

/** What else is known when a run is looked at. */
export interface Moment {
  now: number;
  /** A newer run, at most {@link mostRunsAhead} ahead, has hits. */
  newer: boolean;
}

/** What a look brought, compared with what was had. */
export interface Look extends Moment {
  /** All chambers were asked for, not only the probe. */
  whole: boolean;
  /** Hits or chambers came that were not had. */
  grew: boolean;
  /** Chambers with a matrix, from this look or an earlier one. */
  had: number;
  /** Chambers that the source does not show as they are had: absent, kept from an earlier look, failed. */
  lacking: number;
  /** Chambers that could not be fetched; what the source says it lacks is no failure. */
  failed: number;
  /** Whether the source lists the run; asked only when nothing is had. */
  listed: boolean;
}

/** Why a run is in error that there is not. Views tell it by these words from one that cannot be fetched: see test/state. */
export const noSuchRun = 'the source lists no such run and has none of its chambers';

/** Whether the run counts as over: it is looked at again all the same, see {@link kindOfLook}. */
export function isOver({ state }: Pick<RunLife, 'state'>): boolean {
  return state === 'final' || state === 'incomplete';
}

/** Of a run that nobody has looked at. */
export function newLife(now: number): RunLife {
  return { state: 'listed', reason: null, since: now, grewAt: null, overAt: null, lookAt: now };
}

/**
 * Whether a look asks for all chambers, or first for a probe of one (and of those that are not whole) and for the rest only when the
 * probe differs. A run is called over, and left for good, only after a whole look: chambers may lag behind each other.
 */
export function kindOfLook(life: RunLife, { now, newer }: Moment, rule = defaultLifeRule): 'whole' | 'probe' {
  switch (life.state) {
    case 'growing':
    case 'reopened':
      return newer || isFresh(life, now, rule) || isSilent(life, now, newer, rule) ? 'whole' : 'probe';
    case 'final':
    case 'incomplete':
      return isWholeAgain(now - (life.overAt ?? life.since), newer, rule) ? 'whole' : 'probe';
    case 'listed':
    case 'settling':
    case 'error':
      return 'whole';
  }
}

/**
 * Whether a look at a run that is over asks for all chambers: the last look of two days, and of the newest run, which is looked at for
 * ever, one or two looks of every six hours. A cache that shows some chambers as they were may last longer than silence does.
 */
function isWholeAgain(sinceOver: number, newer: boolean, rule: LifeRule): boolean {
  if (newer) return sinceOver >= rule.watchSeconds * 1000;
  const turn = rule.silenceSeconds * 1000;
  return sinceOver >= turn && sinceOver % turn < 2 * rule.quietSeconds * 1000;
}

/** The life of a run after a look at it. */
export function afterLook(life: RunLife, look: Look, rule = defaultLifeRule): RunLife {
  const { now, grew } = look;
  // A source that is away says nothing of a run that is over: it is simply looked at later.
  if (look.failed > 0 && !look.whole && isOver(life)) return move(life, {}, look, rule);

  const grewAt = grew ? now : life.grewAt;
  const said = stateAfter({ ...life, grewAt }, look, rule);
  const overAt = isOver(said) ? (life.overAt ?? now) : grew ? null : life.overAt;
  return move(life, { ...said, grewAt, overAt }, look, rule);
}

/** The life of a run whose fetch or scoring brought nothing that could be stored. */
export function afterFailure(life: RunLife, moment: Moment, reason: string, rule = defaultLifeRule): RunLife {
  return move(life, { state: 'error', reason }, moment, rule);
}

type Said = Pick<RunLife, 'state' | 'reason'>;

function stateAfter(life: RunLife, look: Look, rule: LifeRule): Said {
  const { now, newer, grew, had, lacking, failed, whole } = look;
  if (failed > 0) return { state: 'error', reason: `${counted(failed, 'chamber')} could not be fetched` };
  if (had === 0) return stateOfNothing(life, look, rule);

  const wasOver = life.overAt !== null;
  if (grew && (wasOver || life.state === 'reopened')) {
    return { state: 'reopened', reason: wasOver ? 'it was taken for over, and has grown' : life.reason };
  }
  if (!grew && whole && (wasOver || isSilent(life, now, newer, rule))) {
    if (lacking > 0 && life.state !== 'final') {
      return {
        state: 'incomplete',
        reason: `over, but the source does not show ${counted(lacking, 'chamber')} whole`,
      };
    }
    return { state: 'final', reason: wasOver ? 'all chambers had' : evidence(newer, rule) };
  }
  if (wasOver) return { state: life.state, reason: life.reason };
  if (newer) return { state: 'settling', reason: 'a newer run has data' };
  if (life.state === 'reopened') return { state: 'reopened', reason: life.reason };
  return { state: 'growing', reason: grew ? 'more came at the last look' : 'no newer run has data' };
}

/** Of a run of which no chamber was ever had. */
function stateOfNothing(life: RunLife, { now, listed }: Look, rule: LifeRule): Said {
  if (!listed) return { state: 'error', reason: noSuchRun };
  if (life.state === 'incomplete' || now >= endOfWatch(life.since, rule)) {
    return { state: 'incomplete', reason: 'listed for two days without any chamber' };
  }
  return { state: 'listed', reason: 'the source lists it and has none of its chambers yet' };
}

/** Whether nothing has come for so long that the run is over. */
function isSilent(life: RunLife, now: number, newer: boolean, rule: LifeRule): boolean {
  if (life.grewAt === null) return false;
  return now - life.grewAt >= (newer ? rule.settledSeconds : rule.silenceSeconds) * 1000;
}

/** Whether it may well be growing: then a probe would only be a request more. */
const isFresh = ({ grewAt }: RunLife, now: number, { settledSeconds }: LifeRule) =>
  grewAt === null || now - grewAt < settledSeconds * 1000;

function evidence(newer: boolean, { settledSeconds, silenceSeconds }: LifeRule): string {
  return newer
    ? `a newer run has data, and nothing more came for ${settledSeconds} s`
    : `nothing more came for ${silenceSeconds} s`;
}

function move(life: RunLife, change: Partial<RunLife>, { now, newer }: Moment, rule: LifeRule): RunLife {
  const next = { ...life, ...change };
  // Nothing was had before and after: it is the same trouble, and its two days go on.
  const isSameTrouble = life.grewAt === null && next.grewAt === null && life.reason !== null;
  if (next.state !== life.state && !isSameTrouble) next.since = now;
  next.lookAt = nextLook(next, now, newer, rule);
  return next;
}

const endOfWatch = (from: number, { watchSeconds }: LifeRule) => from + watchSeconds * 1000;

function nextLook(life: RunLife, now: number, newer: boolean, rule: LifeRule): number | null {
  const { state, since, grewAt, overAt } = life;
  /** Waits as long as it has been like this already, so that the waits double. */
  const doubling = (from: number, seconds: number) => now + Math.max(seconds * 1000, now - from);
  const within = (from: number, seconds: number) => {
    const end = endOfWatch(from, rule);
    return now >= end ? null : Math.min(end, doubling(from, seconds));
  };
  const soon = now + rule.quietSeconds * 1000;
  switch (state) {
    case 'growing':
    case 'reopened':
      return Math.min(soon, doubling(grewAt ?? since, rule.growingSeconds));
    case 'settling':
      return Math.max(now + rule.growingSeconds * 1000, (grewAt ?? now) + rule.settledSeconds * 1000);
    case 'listed':
    case 'error':
      return within(Math.max(since, grewAt ?? since), rule.growingSeconds);
    case 'final':
    case 'incomplete':
      if (grewAt === null) return null;
      // The newest run may go on after a pause of any length: one histogram every ten minutes is little to ask.
      return newer
        ? within(overAt ?? now, rule.againSeconds)
        : Math.min(soon, doubling(overAt ?? now, rule.againSeconds));
  }
}

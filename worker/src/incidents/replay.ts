import type { Span } from '@dtdqm/contract';
import { ActError, applyAct, type RecordedAct } from './acts.ts';
import { applyRun } from './lifecycle.ts';
import { overlap } from './spans.ts';
import { noEffects, type Effects, type Ledger, type RunFindings, type Track } from './track.ts';

/** The ledger after a run, and the acts in it that were made at runs which are gone since. */
export interface ReplayState {
  run: number;
  /** Counts the runs of the ledger. */
  ordinal: number;
  ledger: Ledger;
  ahead: string[];
}

/** Every so many runs a state is kept for good: a run that arrives late replays no more than that before itself. */
export const checkpointSpacing = 25;
/** And so many of the newest, as the newest runs still grow. */
export const newestCheckpoints = 5;

export interface Replay {
  /** Runs must come in ascending order, all of them after the state that the replay began with. */
  take(run: RunFindings): void;
  /**
   * Everything that runs and acts did since, and the states worth keeping, of which the last is the ledger now. Numbers of
   * incidents opened since are negative.
   */
  finish(): { states: ReplayState[]; effects: Effects };
}

/**
 * Makes the ledger from a known state, the runs after it and what people did since. The same input gives the same ledger,
 * however often and however the runs first arrived.
 *
 * @param acts in the order of their runs, then of their making.
 */
export function replay(from: ReplayState, acts: readonly (RecordedAct & { id: string })[]): Replay {
  let { ledger, ordinal } = from;
  const effects = noEffects();
  const states: ReplayState[] = [];
  const waiting = acts.filter(({ id }) => !from.ahead.includes(id));
  let ahead = from.ahead;
  let provisional = 0;
  const number = () => --provisional;

  function collect({ sightings, changes, merged, finished }: Effects): void {
    effects.sightings.push(...sightings);
    effects.changes.push(...changes);
    effects.merged.push(...merged);
    effects.finished.push(...finished);
  }

  function act(recorded: RecordedAct): void {
    try {
      const done = applyAct(ledger, recorded, number);
      ledger = done.ledger;
      collect(done.effects);
    } catch (error) {
      // What was possible then may make no sense beside a run that has arrived since.
      if (!(error instanceof ActError)) throw error;
    }
  }

  function actsUpTo(run: number): void {
    while (waiting[0] !== undefined && waiting[0].run <= run) act(waiting.shift()!);
  }

  return {
    take(run) {
      actsUpTo(run.run - 1);
      const done = applyRun(ledger, run, number);
      ledger = done.ledger;
      collect(done.effects);
      actsUpTo(run.run);
      ahead = [];
      states.push({ run: run.run, ordinal: ++ordinal, ledger, ahead });
      // Years of states would not fit into memory.
      const aged = states[states.length - newestCheckpoints - 1];
      if (aged !== undefined && aged.ordinal % checkpointSpacing !== 0)
        states.splice(states.length - newestCheckpoints - 1, 1);
    },
    finish() {
      for (const recorded of waiting) act(recorded);
      ahead = [...ahead, ...waiting.map(({ id }) => id)];
      const last = states.pop() ?? from;
      states.push({ ...last, ledger, ahead });
      return { states, effects };
    },
  };
}

/** An incident as far as it can be told again after a replay. */
export interface Identity {
  id: number;
  chamber: string;
  spans: Span[];
  firstRun: number;
  lastRun: number;
}

/**
 * Gives the incidents of a replay the numbers that they had before it, wherever one was about the same wires at about the
 * same time; the rest get new ones. Links and messages that name a number stay right when a run arrives late.
 *
 * @param fresh incidents with provisional (negative) numbers, in the order in which they were opened.
 * @param next gives a number that was never used.
 * @returns the number of each provisional one.
 */
export function reconcileNumbers(
  fresh: readonly Identity[],
  stored: readonly Identity[],
  next: () => number,
): Map<number, number> {
  const numbers = new Map<number, number>();
  const free = new Set(stored);
  const pairs = fresh
    .flatMap((incident) =>
      stored
        .filter(({ chamber }) => chamber === incident.chamber)
        .map((known) => ({ incident, known, likeness: likeness(incident, known) })),
    )
    .filter(({ likeness }) => likeness > 0)
    .sort((a, b) => b.likeness - a.likeness || a.known.id - b.known.id || b.incident.id - a.incident.id);
  for (const { incident, known } of pairs) {
    if (numbers.has(incident.id) || !free.has(known)) continue;
    numbers.set(incident.id, known.id);
    free.delete(known);
  }
  for (const { id } of fresh) if (!numbers.has(id)) numbers.set(id, next());
  return numbers;
}

function likeness(a: Identity, b: Identity): number {
  const wires = overlap(a.spans, b.spans);
  const runs = Math.min(a.lastRun, b.lastRun) - Math.max(a.firstRun, b.firstRun);
  if (wires === 0 || runs < 0) return 0;
  const sameStart = a.firstRun === b.firstRun ? 1 : 0;
  return (
    wires + sameStart + (runs + 1) / (Math.max(a.lastRun, b.lastRun) - Math.min(a.firstRun, b.firstRun) + 1)
  );
}

type Numbers = ReadonlyMap<number, number>;

/** The same ledger with final numbers in place of provisional ones. */
export function renumberLedger(ledger: Ledger, numbers: Numbers): Ledger {
  return { ...ledger, tracks: ledger.tracks.map((track) => renumberTrack(track, numbers)) };
}

export function renumberEffects(
  { sightings, changes, merged, finished }: Effects,
  numbers: Numbers,
): Effects {
  const final = (id: number) => numbers.get(id) ?? id;
  return {
    sightings: sightings.map((sighting) => ({ ...sighting, id: final(sighting.id) })),
    changes: changes.map((change) => ({
      ...change,
      id: final(change.id),
      ...(change.other === undefined ? {} : { other: final(change.other) }),
    })),
    merged: merged.map(({ id, into, run }) => ({ id: final(id), into: final(into), run })),
    finished: finished.map((track) => renumberTrack(track, numbers)),
  };
}

function renumberTrack(track: Track, numbers: Numbers): Track {
  const id = numbers.get(track.id);
  return id === undefined ? track : { ...track, id };
}

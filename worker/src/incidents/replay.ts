import { applyAct } from './act.ts';
import { ActError, type RecordedAct } from './recordedAct.ts';
import { step } from './step.ts';
import { noEffects, type Effects, type Ledger, type RunFindings } from './track.ts';

/** The ledger after a run, and the acts in it that were made at runs which are gone since. */
export interface ReplayState {
  run: number;
  /** Counts the runs of the ledger. */
  ordinal: number;
  ledger: Ledger;
  ahead: string[];
}

/** Every so many runs a state is kept for good: a run that arrives late replays no more than that before itself. */
export const spacing = 25;
/** And so many of the newest, as the newest runs still grow. */
export const newest = 5;

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
      const done = step(ledger, run, number);
      ledger = done.ledger;
      collect(done.effects);
      actsUpTo(run.run);
      ahead = [];
      states.push({ run: run.run, ordinal: ++ordinal, ledger, ahead });
      // Years of states would not fit into memory.
      const aged = states[states.length - newest - 1];
      if (aged !== undefined && aged.ordinal % spacing !== 0) states.splice(states.length - newest - 1, 1);
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

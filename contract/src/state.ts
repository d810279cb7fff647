import { z } from 'zod';
import { runLives } from './run.ts';

/**
 * How the detector stands: the words that every surface says, and what each means. Worked out in one place, the views
 * reporting.chamber_states and reporting.detector_state (as they stand in worker/src/storage/schema.sql); API, command line, workbench,
 * panels, dashboards, alert rules, mails and reports read those and decide nothing.
 */

/**
 * A chamber in one run; the first that holds.
 * - `failed`: its histogram could not be fetched
 * - `absent`: the source has no histogram of it
 * - `dead`: bad as a whole: the other chambers have hits, and it has next to none
 * - `bad`: the model calls a layer bad
 * - `unknown`: too few hits to say, or not scored; what is not known to be good is never `good`
 * - `good`: every layer was judged, and none is bad
 */
export const chamberConditions = ['failed', 'absent', 'dead', 'bad', 'unknown', 'good'] as const;
export const chamberConditionSchema = z.enum(chamberConditions);
export type ChamberCondition = z.infer<typeof chamberConditionSchema>;

/** Something is wrong with it. */
export const faultyConditions = ['dead', 'bad'] as const satisfies readonly ChamberCondition[];

/** The model could say something of it. */
export const judgedConditions = ['dead', 'bad', 'good'] as const satisfies readonly ChamberCondition[];

/**
 * How loud a fault is, on every surface, the loudest first.
 * - `new`: an incident that nobody has answered, however many runs ago it was opened
 * - `unconfirmed`: a bad layer seen once, of which no incident tells yet
 * - `acknowledged`, `shelved`: somebody has answered; until when a shelf lasts, stands with it
 * - `healed`: it is over
 */
export const standings = ['new', 'unconfirmed', 'acknowledged', 'shelved', 'healed'] as const;
export type Standing = (typeof standings)[number];

/** Where the hits come from: a DQM server, recorded chambers played back, or a simulated detector. */
export const dataSources = ['real', 'replayed', 'simulated'] as const;
export type DataSource = (typeof dataSources)[number];

/**
 * From when on a display is not fresh any more, minutes. Beam dumps last for hours, a shift eight: so long without a newly
 * stored run. A worker asks the DQM server for runs every minute by default: so long without an answer. A run in progress is looked at every
 * 45 s: so long after the next look was due.
 */
export const freshMinutes = { run: 120, source: 10, look: 5 } as const;

/** A run in progress is looked at every 30 to 60 s: so many minutes without a look that brought hits, and what is shown of it is not live. */
export const liveMinutes = 3;

/** How loud the headline is: `loud` when a fault is new or unconfirmed, else `doubt` unless all is known to be well. */
export const tones = ['quiet', 'doubt', 'loud'] as const;

const count = z.int().min(0);

/** Answer of `GET /api/v1/state`: the detector in a run, in one line and in figures. */
export const detectorStateSchema = z.object({
  /** When this was said, by the database's clock: the same again is an answer that something on the way has kept. */
  at: z.iso.datetime(),
  /** For people, e.g. `4 bad, 1 dead, 1 new; 250 of 250 judged; run 380010, 2 min ago; SIMULATED`. */
  headline: z.string(),
  /** All is well, and known to be: every chamber judged and good or answered for, the newest run, fresh, from a real source. */
  quiet: z.boolean(),
  tone: z.enum(tones),
  /** Why it is not known that all is well, beside faults; for people. */
  doubts: z.array(z.string()),
  /** The newest run with judged chambers, or the one asked for; null when there is none. */
  run: z.int().nullable(),
  /** When it began, as the source tells; null where it does not. */
  startedAt: z.iso.datetime().nullable(),
  /** When it last brought something. */
  storedAt: z.iso.datetime().nullable(),
  life: z.enum(runLives).nullable(),
  model: z.string().nullable(),
  /** Null where it is not known, as of runs stored before this was noted. */
  source: z.enum(dataSources).nullable(),
  /** Whether the source has answered a worker lately, see `freshMinutes`. */
  connected: z.boolean(),
  stale: z.boolean(),
  expected: count,
  judged: count,
  ...{ failed: count, absent: count, dead: count, bad: count, unknown: count, good: count },
  /** Of the judged ones, those whose matrix is from an earlier look. */
  kept: count,
  /** Incidents that nobody has answered, however many runs ago they were opened; then those that somebody has. */
  ...{ new: count, acknowledged: count, shelved: count },
  /** Chambers with a bad layer that no incident tells of yet: seen once. */
  unconfirmed: count,
  /** Of the incidents, those whose fault this run does not show. */
  notInRun: count,
});
export type DetectorState = z.infer<typeof detectorStateSchema>;

/** What is said of a chamber beside its condition in the run. */
export const chamberStandingShape = {
  condition: chamberConditionSchema,
  /** The loudest of its incidents, or `unconfirmed`; null when nothing is wrong. */
  standing: z.enum(standings).nullable(),
  /** That incident; null while there is none. */
  incident: z.int().nullable(),
  /** The first run with the fault. */
  sinceRun: z.int().nullable(),
  /** What is wrong: of that incident, or the surest fault of which no incident tells. */
  kind: z.string().nullable(),
  /** Whether this run shows the fault; null when there is none. */
  inRun: z.boolean().nullable(),
};

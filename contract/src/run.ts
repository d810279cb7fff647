import { z } from 'zod';
import { greatestInteger, wholeNumberSchema } from './api.ts';

export const runStatuses = ['LOADING', 'FINISHED', 'ERROR', 'PENDING_REEVALUATION', 'REEVALUATING'] as const;
export type RunStatus = (typeof runStatuses)[number];

/**
 * What is believed of a run at the source, beside its status, which is what the workers do with it. Moves as
 * worker/src/pipeline/runLife.ts says.
 * - `listed`: the source names it, and nothing of it has been had yet
 * - `growing`: it may be in progress
 * - `settling`: a newer run has data; it is over once nothing more comes for a while
 * - `final`: over, and all 250 chambers are had; looked at again for two days
 * - `reopened`: it was over, and has grown
 * - `incomplete`: over, but the source did not show all 250 chambers
 * - `error`: the last attempt failed, or there is no such run
 */
export const runLives = [
  'listed',
  'growing',
  'settling',
  'final',
  'reopened',
  'incomplete',
  'error',
] as const;
export type RunLifeState = (typeof runLives)[number];
/** A run in progress, as far as is known: its hits are not all there yet. */
export const livesInProgress: readonly RunLifeState[] = ['growing', 'reopened'];

export const runNumberSchema = wholeNumberSchema(1, greatestInteger);

export const runSchema = z.object({
  run: z.int(),
  dataset: z.string(),
  status: z.enum(runStatuses),
  /** Exception text of the last attempt; null unless the status is ERROR. */
  error: z.string().nullable(),
  chambers: z.int(),
  absentChambers: z.int(),
  failedChambers: z.int(),
  badLayers: z.int().nullable(),
  model: z.string().nullable(),
  /** Chambers whose matrix is from an earlier look: the source shows less of them now, or they could not be fetched. */
  keptChambers: z.int(),
  life: z.enum(runLives),
  /** Why, in plain words; null before the first look. */
  lifeReason: z.string().nullable(),
  lifeSince: z.iso.datetime(),
  /** When the source was last asked for it; null before. */
  lookedAt: z.iso.datetime().nullable(),
  /** When it is looked at again by itself; null when it is not. */
  lookAt: z.iso.datetime().nullable(),
  /** What the source shows less of than was had, in words; null when it shows all of it. */
  coverage: z.string().nullable(),
  /** Whether its life is `final`. */
  closed: z.boolean(),
  /** When it began, as the source tells; null where it does not. The times below are the monitor's own. */
  startedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Run = z.infer<typeof runSchema>;

export const runListSchema = z.object({
  runs: z.array(runSchema),
  /** Pass as `cursor` to get the page after this one; null at the end. */
  nextCursor: z.string().nullable(),
});

/** Body of `POST /api/v1/runs`: pull a run that is not stored yet; 409 `run-exists` otherwise. */
export const runFetchSchema = z.object({ run: runNumberSchema });

/** Body of `POST /api/v1/runs/reevaluate`: score runs again; all that another model scored unless named. */
export const runReevaluateSchema = z.object({ runs: z.array(runNumberSchema).min(1).max(1000).optional() });

/** What was asked of the workers; how far they are is told by the runs themselves. */
export const runsAskedSchema = z.object({ runs: z.array(z.int()) });

/** Answer of `DELETE /api/v1/runs/<run>`. */
export const runDeletedSchema = z.object({
  run: z.int(),
  /** Chambers that went with it; labels stay. */
  chambers: z.int(),
});

/**
 * Data of one server-sent event of `GET /api/v1/runs/events`, whose `event` field is the `type`.
 * - `run`: the run as it is now stored; `null` when it was deleted
 * - `progress`: a worker beside this API has so many chambers of the run
 * - `resync`: events may have been missed, ask again for what is shown
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('run'), number: z.int(), run: runSchema.nullable() }),
  z.object({
    type: z.literal('progress'),
    number: z.int(),
    step: z.enum(['fetching', 'scoring']),
    done: z.int(),
    total: z.int(),
  }),
  z.object({ type: z.literal('resync') }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

/** Answer of `GET /api/v1/statistics`: what is stored, in figures. */
export const statisticsSchema = z.object({
  runs: z.object({
    total: z.int(),
    byStatus: z.record(z.enum(runStatuses), z.int()),
    /** The newest with judged chambers, as everywhere. */
    newest: z.int().nullable(),
  }),
  chambers: z.object({ present: z.int(), absent: z.int(), failed: z.int() }),
  badLayers: z.int(),
  labels: z.object({
    /** Chambers with a label in force. */
    chambers: z.int(),
    events: z.int(),
    experts: z.int(),
  }),
});
export type Statistics = z.infer<typeof statisticsSchema>;

/** Answer of `GET /api/v1/statistics/layers`: how often each layer of each station was bad in recent runs. */
export const layerStatisticsSchema = z.object({
  /** Runs that were counted, newest first. */
  runs: z.array(z.int()),
  layers: z.array(
    z.object({
      station: z.int(),
      layer: z.int(),
      /** Layers judged, over all runs, wheels and sectors. */
      judged: z.int(),
      bad: z.int(),
      unknown: z.int(),
    }),
  ),
});
export type LayerStatistics = z.infer<typeof layerStatisticsSchema>;

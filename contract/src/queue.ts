import { z } from 'zod';
import { strategyNames } from './names.ts';
import { chamberOfRunSchema, idempotencyKeySchema, noteSchema } from './label.ts';
import { runNumberSchema } from './run.ts';

export const strategyNameSchema = z.enum(strategyNames);

/** From the urgency of each layer to that of its chamber: `min` is the most urgent layer alone (the original's rule: min over
 * layers of |0.5 - score|), `mean` all layers, `top-k` the three most urgent. */
export const aggregatorNames = ['min', 'mean', 'top-k'] as const;
export type AggregatorName = (typeof aggregatorNames)[number];

/** What has become of a chamber that was scored. */
export const queueStates = ['waiting', 'leased', 'labelled', 'skipped'] as const;

/** Body of `POST /api/v1/queue/next`; all of it may be left out. */
export const queueNextSchema = z.object({
  strategy: strategyNameSchema.optional(),
  /** Chambers wanted at once, to show one and prefetch the rest. */
  count: z.int().min(1).max(10).default(1),
  /** Only chambers of this run. */
  run: runNumberSchema.optional(),
  /** Leaves out of the reason what follows from scores: it is for somebody who will answer blind. */
  blind: z.boolean().default(false),
});
export type QueueNext = z.input<typeof queueNextSchema>;

/** Why a chamber comes next. `text` is for people and is sent back as a label's `queueReason`. */
export const queueReasonSchema = z.object({
  strategy: strategyNameSchema,
  /** Drawn at random to keep the estimate of the share of bad layers honest, whatever the strategy. */
  audit: z.boolean(),
  /** Value of the strategy, 0..1, greater is sooner; null for those who answer blind. */
  priority: z.number().nullable(),
  text: z.string(),
});

const queuedChamberShape = { run: z.int(), wheel: z.int(), station: z.int(), sector: z.int() };

/** Answer of `GET /api/v1/queue/next`: what a lease would be given for just now. Nobody holds it, so others may be shown the same. */
export const queueWaitingAnswerSchema = z.object({
  chambers: z.array(z.object({ ...queuedChamberShape, reason: queueReasonSchema })),
});
export type WaitingChamber = z.infer<typeof queueWaitingAnswerSchema>['chambers'][number];

/** A chamber that nobody else gets until the lease ends. */
export const leaseSchema = z.object({
  ...queuedChamberShape,
  lease: z.object({ id: z.string(), by: z.string(), until: z.iso.datetime() }),
  reason: queueReasonSchema,
});
export type Lease = z.infer<typeof leaseSchema>;

/** Answer of next: empty `leases` when all that is left is leased to others. */
export const queueNextAnswerSchema = z.object({ leases: z.array(leaseSchema) });
export type QueueNextAnswer = z.infer<typeof queueNextAnswerSchema>;

/** Answer of `GET /api/v1/queue/second-opinions`: chambers whose label did not teach, as all that is known speaks against it, and that nobody answered since. */
export const secondOpinionsSchema = z.object({
  chambers: z.array(
    z.object({
      ...queuedChamberShape,
      /** Whether the caller is asked: another's label, or one's own while nobody else labels. */
      isAsked: z.boolean(),
      /** For people; sent back as a label's `queueReason`. */
      reason: z.string(),
      /** What was said and what speaks against it; nothing for those who answer blind. */
      labels: z.array(
        z.object({
          layer: z.int(),
          label: z.enum(['good', 'bad']),
          expert: z.string(),
          /** P(bad) by the model that was adapted, and by what labels of other runs taught it. */
          score: z.number(),
          byOthers: z.number(),
        }),
      ),
    }),
  ),
});
export type SecondOpinion = z.infer<typeof secondOpinionsSchema>['chambers'][number];

/** Body of `POST /api/v1/queue/lease`: that chamber, or 409 `lease-lost` while another expert has it. */
export const queueLeaseSchema = chamberOfRunSchema.safeExtend({
  /** It was shown as a random draw, and counts as one. */
  audit: z.boolean().default(false),
});
export type QueueLease = z.input<typeof queueLeaseSchema>;

/** Body of `POST /api/v1/queue/renew` and `/release`. Release of an ended lease is no error. */
export const queueLeaseIdSchema = z.object({ lease: z.uuid() });

/** Body of `POST /api/v1/queue/skip`: nobody gets the chamber until the skip is taken back. */
export const queueSkipSchema = chamberOfRunSchema.safeExtend({
  idempotencyKey: idempotencyKeySchema,
  note: noteSchema.default(''),
});
export type QueueSkip = z.input<typeof queueSkipSchema>;

/** Body of `POST /api/v1/queue/unskip`: takes back the skip in force, whoever made it. */
export const queueUnskipSchema = chamberOfRunSchema.safeExtend({ idempotencyKey: idempotencyKeySchema });

const actsShape = { labels: z.int(), skips: z.int() };

/** A share of layers as whole chambers tell it, with its 95 % interval, and how many chambers and layers it rests on. */
const auditedShape = { chambers: z.int(), layers: z.int(), low: z.number(), high: z.number() };
const errorShareSchema = z.object({ ...auditedShape, share: z.number() }).nullable();

/** Answer of `GET /api/v1/queue/progress`. */
export const queueProgressSchema = z.object({
  /** Chambers scored and so open to labelling. */
  total: z.int(),
  labelled: z.int(),
  skipped: z.int(),
  leased: z.int(),
  waiting: z.int(),
  strategy: strategyNameSchema,
  /** What the caller did that was not taken back. */
  mine: z.object({
    ...actsShape,
    /** Of that, what came after the last pause of half an hour; null when there was nothing. `perHour` is null for a single one. */
    session: z.object({ ...actsShape, perHour: z.number().nullable() }).nullable(),
  }),
  experts: z.array(
    z.object({
      by: z.string(),
      ...actsShape,
      /** Median time per label, s; null when never told. */
      medianSeconds: z.number().nullable(),
      lastAt: z.iso.datetime(),
    }),
  ),
  /** Share of bad layers as the random draws alone tell it, with its 95 % interval; null before the first. */
  audit: z.object({ ...auditedShape, badShare: z.number() }).nullable(),
  /**
   * How often the model in use is wrong, by the random draws that it has scored and that were answered blind; null while no model has
   * scored anything. A share is null while too few chambers could tell it: that is "unknown", not "none".
   */
  error: z
    .object({
      model: z.string(),
      chambers: z.int(),
      /** Of these, with at least one layer that people call bad. */
      badChambers: z.int(),
      /** Share of good layers that the model calls bad. */
      falseAlarms: errorShareSchema,
      /** Share of bad layers that the model does not call bad. */
      missed: errorShareSchema,
    })
    .nullable(),
});
export type QueueProgress = z.infer<typeof queueProgressSchema>;

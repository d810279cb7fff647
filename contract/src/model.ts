import { z } from 'zod';
import { textSchema } from './api.ts';
import { idempotencyKeySchema } from './label.ts';

/** `<name>@<version>`, as it stands in addresses and queries. */
export const modelNameSchema = textSchema({ min: 1, max: 200 });

/** A model that has scored runs, or was trained to. */
export const modelSchema = z.object({
  /** `<name>@<version>` */
  name: z.string(),
  /** Of its weights. */
  hash: z.string(),
  registeredAt: z.iso.datetime(),
  /** Runs whose current scores are its own. */
  runs: z.int(),
  /** Who refused it, when and why; null for a model that nobody refused, or that was put in use since. */
  refused: z.object({ by: z.string(), at: z.iso.datetime(), reason: z.string() }).nullable(),
  metadata: z.record(z.string(), z.unknown()),
});
export type Model = z.infer<typeof modelSchema>;

/** Which model workers use. */
export const modelInUseSchema = z.object({
  /** Null while nobody has chosen one: the model of the workers' configuration is in use then. */
  model: z.string().nullable(),
  /** What a roll-back goes to. */
  previous: z.string().nullable(),
  /** True: retraining may not change it. */
  pinned: z.boolean(),
});
export type ModelInUse = z.infer<typeof modelInUseSchema>;

/** Answer of `GET /api/v1/models`, newest first. */
export const modelListSchema = z.object({
  models: z.array(modelSchema),
  inUse: modelInUseSchema,
  /** Whether whoever asks may put models in use, refuse them and roll back. */
  mayChoose: z.boolean(),
});

export const modelActs = ['trained', 'promoted', 'rolled-back', 'refused', 'pinned', 'unpinned'] as const;

/** What was done with models, newest first: the answer of `GET /api/v1/models/acts`. */
export const modelActListSchema = z.object({
  acts: z.array(
    z.object({
      id: z.string(),
      at: z.iso.datetime(),
      /** Expert, or `schedule`. */
      actor: z.string(),
      act: z.enum(modelActs),
      model: z.string(),
      reason: z.string(),
      /** Of training and gate, where there was one. */
      report: z.unknown(),
    }),
  ),
});

/** Body of a promotion, refusal, roll-back, pin or unpin; all of it may be left out. */
export const modelChoiceSchema = z.object({
  reason: textSchema({ max: 500 }).default('by hand'),
  /** The same request with the same key changes nothing more. */
  idempotencyKey: idempotencyKeySchema.optional(),
});
export type ModelChoice = z.input<typeof modelChoiceSchema>;

/** Layers whose verdict labels would change, the greatest change of P(bad) first; `listed` are the first of `count`. */
const changedVerdictsSchema = z.object({
  count: z.int(),
  /** Of these, so many are labelled so. */
  labelledSo: z.int(),
  listed: z.array(
    z.object({
      run: z.int(),
      /** As `formatChamber` writes it. */
      chamber: z.string(),
      layer: z.int(),
      /** What the label in force says; null for a layer that nobody labelled, or of which the expert was not sure. */
      label: z.enum(['good', 'bad']).nullable(),
      /** P(bad) by the model in use, and by what the labels make of it. */
      before: z.number(),
      after: z.number(),
    }),
  ),
});
export type ChangedVerdicts = z.infer<typeof changedVerdictsSchema>;

/** Labelled layers, and how many of them were called bad before and would be then. */
const calledBadSchema = z.object({ layers: z.int(), before: z.int(), after: z.int() });

/** What labels would do, as of when it was worked out. */
export const labelPreviewSchema = z.object({
  madeAt: z.iso.datetime(),
  seconds: z.number(),
  /** In use then, `<name>@<version>`. */
  model: z.string(),
  /** Id of the newest event of the journal that it knows. */
  newestEvent: z.string(),
  /** Labelled chambers, their layers that taught, and labels that did not since all that is known speaks against them. */
  labels: z.object({ chambers: z.int(), good: z.int(), bad: z.int(), doubted: z.int() }),
  /** Null while labels are too few to tell. */
  outlook: z
    .object({
      runs: z.object({ first: z.int(), last: z.int(), count: z.int() }),
      layers: z.int(),
      more: changedVerdictsSchema,
      fewer: changedVerdictsSchema,
      labelledGood: calledBadSchema,
      labelledBad: calledBadSchema,
    })
    .nullable(),
});
export type LabelPreview = z.infer<typeof labelPreviewSchema>;

/** Answer of `GET /api/v1/models/preview`: what the labels in force would do to verdicts; it changes none. */
export const modelPreviewSchema = z.object({
  /** In one sentence, also that nothing is known and why. */
  summary: z.string(),
  /** What it does not know, a sentence each. */
  unknown: z.array(z.string()),
  /** Null before the first. */
  preview: labelPreviewSchema.nullable(),
});
export type ModelPreview = z.infer<typeof modelPreviewSchema>;

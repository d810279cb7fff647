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

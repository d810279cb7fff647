import { z } from 'zod';

/** A model that has scored runs. */
export const modelSchema = z.object({
  /** `<name>@<version>` */
  name: z.string(),
  /** Of its weights. */
  hash: z.string(),
  registeredAt: z.iso.datetime(),
  /** Runs whose current scores are its own. */
  runs: z.int(),
  metadata: z.record(z.string(), z.unknown()),
});
export type Model = z.infer<typeof modelSchema>;

/** Answer of `GET /api/v1/models`, newest first. */
export const modelListSchema = z.object({ models: z.array(modelSchema) });

import { z } from 'zod';
import { saliencyMethods } from '../saliency/methods.ts';

/** Version of the folder's form that this program writes and the newest it reads. */
export const modelFormat = 1;

const namePattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** metadata.json of a model folder: everything that must be known to use the network as it was meant, and to trust it. */
export const modelMetadataSchema = z.object({
  format: z.literal(modelFormat),
  name: z.string().regex(namePattern, 'must be lower-case words joined by hyphens'),
  version: z.string().regex(/^[0-9]+(\.[0-9]+)*$/, 'must be numbers joined by dots'),
  description: z.string(),
  preprocessing: z.object({ name: z.string(), parameters: z.unknown().optional() }),
  /** The saliency that is stored with scores; `integrated-gradients` unless stated. */
  saliency: z.object({ method: z.enum(saliencyMethods) }).default({ method: 'integrated-gradients' }),
  /** P(bad) = sigmoid(difference of logits / temperature + offset). */
  calibration: z
    .object({ temperature: z.number().positive(), offset: z.number() })
    .default({ temperature: 1, offset: 0 }),
  /** Limits on P(bad); `bad` is a must, the rest belongs to the preprocessing's judge. */
  thresholds: z.looseObject({ bad: z.number().min(0).max(1) }).catchall(z.number()),
  /** What it was trained on; `simulated` states whether any of it was real. */
  data: z.looseObject({ source: z.string(), simulated: z.boolean().nullable() }),
  seeds: z.array(z.int()),
  metrics: z.record(z.string(), z.number()),
  /** Commit of this repository that made the folder, null when it was made elsewhere. */
  commit: z.string().nullable(),
  createdAt: z.iso.datetime().nullable(),
});
export type ModelMetadata = z.infer<typeof modelMetadataSchema>;

/** `<name>@<version>`: how scores name the model that made them. */
export function modelLabel({ name, version }: Pick<ModelMetadata, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

import { z } from 'zod';
import { faultSchema } from './fault.ts';
import { verdictSchema } from './verdict.ts';

/** Answer of `GET /api/v1/chambers/<run>/<wheel>/<sector>/<station>/scores`: by every model that scored it, newest model first. */
export const chamberScoresSchema = z.object({
  models: z.array(
    z.object({
      model: z.string(),
      /** Whether these are the scores of the run that everything else shows. */
      current: z.boolean(),
      /** P(bad) of layers 1..12, -1 where there is no such layer. */
      scores: z.array(z.number()).length(12),
      verdicts: z.array(verdictSchema.nullable()).length(12),
      faults: z.array(faultSchema),
    }),
  ),
});
export type ChamberScores = z.infer<typeof chamberScoresSchema>;

/** Ways to attribute a score to wires; what each does is told in detector/src/saliency. */
export const saliencyMethodNames = ['gradient', 'smoothgrad', 'integrated-gradients', 'occlusion'] as const;
export type SaliencyMethodName = (typeof saliencyMethodNames)[number];

/** Answer of `GET .../saliency`. */
export const chamberSaliencySchema = z.object({
  model: z.string(),
  method: z.enum(saliencyMethodNames),
  /** As the matrix: attribution per wire, -1 where there is no wire. */
  saliency: z.array(z.array(z.number())).length(12),
});
export type ChamberSaliency = z.infer<typeof chamberSaliencySchema>;

const byInputSchema = z.record(z.string(), z.array(z.number()));

/** Answer of `GET .../steps`: one chamber on its way through scoring and back. */
export const chamberStepsSchema = z.object({
  model: z.string(),
  saliency: z.enum(saliencyMethodNames),
  layers: z.array(
    z.object({
      layer: z.int(),
      /** P(bad) */
      score: z.number(),
      /** Hits as in the histogram, -1 where there is no wire; then without those cells. */
      raw: z.array(z.number()),
      cleaned: z.array(z.number()),
      /** Resized to 47 cells and divided by the maximum, as the original network sees a layer. */
      resized: z.array(z.number()),
      scaled: z.array(z.number()),
      /** What the network in use was given, by name of its input, and the gradients there. */
      inputs: byInputSchema,
      gradient: byInputSchema,
      smoothed: byInputSchema,
      /** The attribution on the cells of the histogram. */
      mappedBack: z.array(z.number()),
    }),
  ),
});

/** Answer of `GET .../faults`. */
export const chamberFaultsSchema = z.object({ model: z.string(), faults: z.array(faultSchema) });

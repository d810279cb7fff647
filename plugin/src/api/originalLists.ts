import { z } from 'zod';
import { chamberOfRunSchema } from '@dtdqm/contract';

/** The lists of the original tool, in the form in which it answered them. */
const identifierSchema = z.object({ run: z.number() });
const paramsSchema = z.object({ wheel: z.number(), sector: z.number(), station: z.number() });

export const scoredChambersSchema = z.array(
  z
    .object({
      result: z.object({
        identifier: identifierSchema,
        data: z.object({ params: paramsSchema, scores: z.array(z.number()) }),
        /** Least |0.5 - score| over the layers. */
        rating: z.number(),
      }),
    })
    .transform(({ result: { identifier, data, rating } }) => ({
      chamber: chamberOfRunSchema.parse({ ...identifier, ...data.params }),
      scores: data.scores,
      rating,
    })),
);
export type ScoredChamber = z.infer<typeof scoredChambersSchema>[number];

export const labelledChambersSchema = z.array(
  z
    .object({
      identifier: identifierSchema,
      data: z.object({ params: paramsSchema, evaluation: z.object({ bad_layers: z.array(z.number()) }) }),
    })
    .transform(({ identifier, data }) => ({
      chamber: chamberOfRunSchema.parse({ ...identifier, ...data.params }),
      isBad: data.evaluation.bad_layers.map((flag) => flag === 1),
    })),
);
export type LabelledChamber = z.infer<typeof labelledChambersSchema>[number];

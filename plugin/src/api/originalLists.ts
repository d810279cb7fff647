import { z } from 'zod';
import { chamberOfRunSchema } from '@dtdqm/contract';

/** The lists of the original tool, in the form in which it answered them. */
const identifierSchema = z.object({ run: z.number() });
const paramsSchema = z.object({ wheel: z.number(), sector: z.number(), station: z.number() });

/** Lists of chambers with their scores: least certain first, those of them that wait for a label, where label and model differ most first. */
export type ScoreListName = 'net_scores' | 'new_net_scores' | 'contamination';

/** A page of one of these lists. */
export const scoreListSchema = z
  .array(
    z.object({
      count: z.number(),
      result: z.object({
        identifier: identifierSchema,
        data: z.object({
          params: paramsSchema,
          scores: z.array(z.number()),
          evaluation: z
            .object({ bad_layers: z.array(z.number()).optional(), skipped: z.boolean().optional() })
            .optional(),
        }),
        rating: z.number(),
      }),
    }),
  )
  .transform((lines) => ({
    /** Chambers on all pages together. */
    count: lines[0]?.count ?? 0,
    chambers: lines.map(({ result: { identifier, data, rating } }) => ({
      chamber: chamberOfRunSchema.parse({ ...identifier, ...data.params }),
      scores: data.scores,
      /** What the list is ordered by: least |0.5 - score|, or greatest |score - label|, over the layers. */
      rating,
      /** Layers that the label in force calls bad; null without a label. */
      badLayers: data.evaluation?.bad_layers?.flatMap((flag, row) => (flag === 1 ? [row + 1] : [])) ?? null,
      isSkipped: data.evaluation?.skipped ?? false,
    })),
  }));
export type ScoreList = z.infer<typeof scoreListSchema>;

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

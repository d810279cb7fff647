import { z } from 'zod';
import { matrixSchema } from './matrix.ts';
import { faultSchema } from './fault.ts';
import { verdictSchema } from './verdict.ts';

/** What experts said of a chamber, as the original tool kept it; a chamber that was only skipped has nothing but `skipped`. */
export const evaluationSchema = z.object({
  /** Flags of layers 1..12 by the label in force: 1 bad, 0 not. */
  bad_layers: z.array(z.int()).length(12).optional(),
  /** When it was labelled, in the form of HTTP dates: `Tue, 24 Nov 2026 14:00:00 GMT`. */
  eval_time: z.string().optional(),
  skipped: z.boolean(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** One chamber of one run, as `GET /data/<run>/<wheel>/<sector>/<station>/` returns it; names follow the original tool. */
export const chamberDataSchema = z.object({
  params: z.object({
    run: z.int(),
    wheel: z.int(),
    sector: z.int(),
    station: z.int(),
  }),
  matrix: matrixSchema,
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: z.array(z.number()).length(12),
  /** As the matrix: attribution per wire, -1 where there is no wire. */
  saliency: z.array(z.array(z.number())).length(12),
  verdicts: z.array(verdictSchema.nullable()).length(12).optional(),
  faults: z.array(faultSchema).optional(),
  model: z.string().optional(),
  /** Absent while nobody has labelled or skipped the chamber. */
  evaluation: evaluationSchema.optional(),
});
export type ChamberData = z.infer<typeof chamberDataSchema>;

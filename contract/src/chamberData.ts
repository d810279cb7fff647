import { z } from 'zod';
import { matrixSchema } from './matrix.ts';
import { faultSchema } from './fault.ts';
import { verdictSchema } from './verdict.ts';

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
  /** Layer flags of the current label: 1 bad, 0 good. Absent while nobody has labelled the chamber. */
  evaluation: z.array(z.int()).optional(),
});
export type ChamberData = z.infer<typeof chamberDataSchema>;

import { z } from 'zod';
import { faultSchema } from './fault.ts';
import { verdictSchema } from './verdict.ts';

/** One chamber of a run in a line. */
export const chamberSummarySchema = z.object({
  wheel: z.int(),
  station: z.int(),
  sector: z.int(),
  state: z.enum(['present', 'absent', 'failed']),
  /** Why there is no matrix; null when there is one. */
  reason: z.string().nullable(),
  hits: z.number().nullable(),
  badLayers: z.int().nullable(),
  /** Greatest P(bad) of its layers. */
  worstScore: z.number().nullable(),
  faults: z.array(faultSchema).nullable(),
});
export type ChamberSummary = z.infer<typeof chamberSummarySchema>;

/** Answer of `GET /api/v1/runs/<run>/chambers`: by wheel, station, sector; what the barrel panel of the workbench draws. */
export const runChambersSchema = z.object({ run: z.int(), chambers: z.array(chamberSummarySchema) });
export type RunChambers = z.infer<typeof runChambersSchema>;

/** Answer of `GET /api/v1/chambers/<run>/<wheel>/<sector>/<station>/history`: the chamber in recent runs up to that one, newest first. */
export const chamberHistorySchema = z.object({
  runs: z.array(
    z.object({
      run: z.int(),
      /** P(bad) of layers 1..12, -1 where there is no such layer. */
      scores: z.array(z.number()).length(12),
      verdicts: z.array(verdictSchema.nullable()).length(12),
    }),
  ),
});
export type ChamberHistory = z.infer<typeof chamberHistorySchema>;

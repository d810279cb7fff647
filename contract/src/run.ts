import { z } from 'zod';
import { wholeNumberSchema } from './wholeNumber.ts';

export const runStatuses = ['LOADING', 'FINISHED', 'ERROR', 'PENDING_REEVALUATION', 'REEVALUATING'] as const;
export type RunStatus = (typeof runStatuses)[number];

export const runNumberSchema = wholeNumberSchema('must be a run number').refine(
  (run) => run >= 1 && run <= 2_147_483_647,
  { error: 'must be a whole number from 1 to 2147483647' },
);

export const runSchema = z.object({
  run: z.int(),
  dataset: z.string(),
  status: z.enum(runStatuses),
  /** Exception text of the last attempt; null unless the status is ERROR. */
  error: z.string().nullable(),
  chambers: z.int(),
  absentChambers: z.int(),
  failedChambers: z.int(),
  badLayers: z.int().nullable(),
  model: z.string().nullable(),
  /** False while the run is still growing at the source and will be fetched again. */
  closed: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Run = z.infer<typeof runSchema>;

export const runListSchema = z.object({
  runs: z.array(runSchema),
  /** Pass as `cursor` to get the page after this one; null at the end. */
  nextCursor: z.string().nullable(),
});

import { z } from 'zod';
import { chamberIdSchema, runNumberSchema, rowsPerChamber, wholeNumberSchema } from '@dtdqm/contract';

export const runParamsSchema = z.object({ run: runNumberSchema });

/** Of its two forms the handler decides, because that needs the station: see badLayersOf. */
export const saveUserScoresSchema = chamberIdSchema.safeExtend({
  run: runNumberSchema,
  layers: z.array(wholeNumberSchema('must be a whole number')).max(rowsPerChamber, {
    error: `must have at most ${rowsPerChamber} entries`,
  }),
});

/** Lines on one page of the original's lists. */
export const linesPerPage = 20;

const pageRule = 'must be a whole number from 1 to 1000000';
export const pageNumberSchema = wholeNumberSchema(pageRule).refine((page) => page >= 1 && page <= 1_000_000, {
  error: pageRule,
});

const limitRule = 'must be a whole number from 1 to 1000';

/** The original answers its first 20 and nothing else; more can be asked for. */
export const listQuerySchema = z.object({
  page: pageNumberSchema.default(1),
  limit: wholeNumberSchema(limitRule)
    .refine((limit) => limit >= 1 && limit <= 1000, { error: limitRule })
    .default(linesPerPage),
});

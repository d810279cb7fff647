import { wholeNumberSchema, runNumberSchema } from '@dtdqm/contract';

const rule = 'must be a whole number from 1 to 1000';

/** Entries on one page. */
export const pageSizeSchema = wholeNumberSchema(rule)
  .refine((limit) => limit >= 1 && limit <= 1000, { error: rule })
  .default(100);

/** Lists of runs go on below the run that the page before ended with. */
export const runCursorSchema = runNumberSchema.transform(String);

import { z } from 'zod';
import { runNumberSchema, runStatuses } from '@dtdqm/contract';
import { pageSizeSchema, runCursorSchema } from '../paging.ts';

export const runParamsSchema = z.object({ run: runNumberSchema });

const statusSchema = z.enum(runStatuses, { error: `must be one of ${runStatuses.join(', ')}` });

export const runListQuerySchema = z.strictObject({
  limit: pageSizeSchema,
  cursor: runCursorSchema.optional(),
  /** One status, or several separated by commas. */
  status: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(statusSchema))
    .optional(),
  /** First run wanted. */
  from: runNumberSchema.optional(),
  /** Last run wanted. */
  to: runNumberSchema.optional(),
  /** Runs whose current scores are this model's, `<name>@<version>`. */
  model: z.string().max(200).optional(),
  /** `true`: only runs with bad layers; `false`: only runs without. */
  bad: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((text) => text === 'true')
    .optional(),
});

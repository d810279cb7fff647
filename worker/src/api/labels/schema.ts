import { z } from 'zod';
import { chamberOfRunSchema } from '@dtdqm/contract';
import { pageSizeSchema } from '../paging.ts';

/** Query of the history: one chamber of one run. */
export const historyQuerySchema = chamberOfRunSchema;

export const mineQuerySchema = z.strictObject({
  limit: pageSizeSchema,
  /** `nextCursor` of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, { error: 'must be the nextCursor of a page' })
    .optional(),
});

export const exportFormats = ['jsonl', 'csv', 'original'] as const;

export const exportQuerySchema = z.strictObject({
  /** `jsonl` and `csv` hold every event whole; `original` is the original tool's CSV of labels in force. */
  format: z.enum(exportFormats, { error: `must be one of ${exportFormats.join(', ')}` }).default('jsonl'),
});

const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

export const importQuerySchema = z.strictObject({
  format: z.enum(exportFormats, { error: `must be one of ${exportFormats.join(', ')}` }),
  /** Whose labels those of the original form are, which names nobody; the caller's unless set. */
  expert: z.string().min(1).max(200).optional(),
  /** Store nothing at all when any line is refused. */
  strict: flag.default(false),
});

import { z } from 'zod';
import { runSchema } from './run.ts';

/**
 * Data of one server-sent event of `GET /api/v1/runs/events`, whose `event` field is the `type`.
 * - `run`: the run as it is now stored; `null` when it was deleted
 * - `progress`: a worker beside this API has so many chambers of the run
 * - `resync`: events may have been missed, ask again for what is shown
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('run'), number: z.int(), run: runSchema.nullable() }),
  z.object({
    type: z.literal('progress'),
    number: z.int(),
    step: z.enum(['fetching', 'scoring']),
    done: z.int(),
    total: z.int(),
  }),
  z.object({ type: z.literal('resync') }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

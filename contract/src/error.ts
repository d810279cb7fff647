import { z } from 'zod';

/** Every error answer of the API. `id` is stable and may be matched on; `message` is for people. */
export const errorSchema = z.object({
  error: z.object({
    id: z.string(),
    message: z.string(),
    /** All faults of the request at once, each with the field it concerns. */
    details: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  }),
});
export type ErrorBody = z.infer<typeof errorSchema>;

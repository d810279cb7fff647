import { z } from 'zod';

/** A whole number, or its decimal digits as they stand in a URL. Stricter than coercion: '' and '1e3' are refused. */
export function wholeNumberSchema(error: string) {
  const digits = z
    .string()
    .regex(/^-?\d{1,15}$/, { error })
    .transform(Number);
  return z.union([z.int({ error }), digits], { error });
}

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

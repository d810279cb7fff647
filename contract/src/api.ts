import { z } from 'zod';

/** A whole number, or its decimal digits as they stand in a URL. Stricter than coercion: '' and '1e3' are refused. */
export function wholeNumberSchema(error: string) {
  const digits = z
    .string()
    .regex(/^-?\d{1,15}$/, { error })
    .transform(Number);
  return z.union([z.int({ error }), digits], { error });
}

/** A whole number from 1 to `most`. */
export function countSchema(most: number) {
  const rule = `must be a whole number from 1 to ${most}`;
  return wholeNumberSchema(rule).refine((count) => count >= 1 && count <= most, { error: rule });
}

/** What a caller of the API may do, in ascending order: each may do what those before it may. */
export const roles = ['viewer', 'editor', 'admin'] as const;
export type Role = (typeof roles)[number];

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

import { z } from 'zod';

/** A whole number, or its decimal digits as they stand in a URL. Stricter than coercion: '' and '1e3' are refused. */
export function wholeNumberSchema(error: string) {
  const digits = z
    .string()
    .regex(/^-?\d{1,15}$/, { error })
    .transform(Number);
  return z.union([z.int({ error }), digits], { error });
}

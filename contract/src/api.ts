import { z } from 'zod';

/** Greatest whole number that a column of the database holds. */
export const greatestInteger = 2_147_483_647;

/**
 * A whole number from `first` to `last`, or its decimal digits as they stand in a URL. Stricter than coercion: '' and '1e3' are refused.
 *
 * @param rule what is said of anything else.
 */
export function wholeNumberSchema(
  first: number,
  last: number,
  rule = `must be a whole number from ${first} to ${last}`,
) {
  const number = z.int({ error: rule }).min(first, { error: rule }).max(last, { error: rule });
  const digits = z
    .string()
    .regex(/^-?\d{1,15}$/, { error: rule })
    .transform(Number)
    .pipe(number);
  return z.union([number, digits], { error: rule });
}

/** A whole number from 1 to `most`. */
export function countSchema(most: number) {
  return wholeNumberSchema(1, most);
}

/**
 * Text that is stored and comes back letter by letter: whole characters (no half of a surrogate pair, which UTF-8 cannot hold) and no NUL,
 * which PostgreSQL has no place for. Lengths count characters, as JSON Schema does.
 */
export function textSchema({ min = 0, max }: { min?: number; max: number }) {
  const length = min === 0 ? `at most ${max}` : `${min} to ${max}`;
  return z.string().regex(new RegExp(`^[^\\u0000\\ud800-\\udfff]{${min},${max}}$`, 'u'), {
    error: `must be text of ${length} characters, without NUL or half characters`,
  });
}

/** One of `names`, or several separated by commas, as they stand in a URL. */
export function commaListSchema<const Name extends string>(names: readonly Name[]) {
  const any = `(${names.join('|')})`;
  return z
    .string()
    .regex(new RegExp(`^${any}(,${any})*$`), {
      error: `must be one of ${names.join(', ')}, or several with commas`,
    })
    .transform((text) => text.split(',') as Name[]);
}

const [firstYear, lastYear] = [1970, 2999];

/** A moment that somebody names, as UTC once it is read: PostgreSQL takes neither the year 0 nor every offset that the standard allows. */
export const momentSchema = z.iso
  .datetime({ offset: true, error: 'must be a moment such as 2026-05-04T06:00:00Z' })
  .refine(
    (text) => {
      const year = new Date(text).getUTCFullYear();
      return year >= firstYear && year <= lastYear;
    },
    { error: `must lie in the years ${firstYear} to ${lastYear}` },
  )
  .transform((text) => new Date(text).toISOString());

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

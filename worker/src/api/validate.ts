import type { z } from 'zod';
import { Problem } from './problem.ts';

/**
 * What `value` is by `schema`.
 *
 * @throws {Problem} 400 `invalid-request` with every fault, each with the field it concerns.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues
    .slice(0, 100)
    .map(({ path, message }) => ({ field: path.join('.') || 'body', message }));
  const first = details[0];
  throw new Problem(400, 'invalid-request', first ? `${first.field}: ${first.message}` : 'invalid request', {
    details,
  });
}

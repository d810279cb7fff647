import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares with the expected secret in a time that tells nothing of it, not even its length. */
export function secretMatcher(expected: string): (given: string) => boolean {
  const digest = digestOf(expected);
  return (given) => timingSafeEqual(digestOf(given), digest);
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

import { Problem } from '../problem.ts';

export interface RateLimit {
  /** Counts one request of `who`. @throws {Problem} 429 with Retry-After when there were too many. */
  count(who: string): void;
}

interface Bucket {
  left: number;
  at: number;
}

/** Enough for every expert and wall display of an experiment; bounds memory against invented names. */
const greatestCrowd = 10_000;

/**
 * Token buckets: a burst of a tenth of a minute's requests at once, and the rate in the long run.
 *
 * @param now clock, ms.
 */
export function createRateLimit(
  requestsPerMinute: number,
  now: () => number = () => performance.now(),
): RateLimit {
  const size = Math.max(1, requestsPerMinute / 10);
  const perMs = requestsPerMinute / 60_000;
  const buckets = new Map<string, Bucket>();

  return {
    count(who) {
      const at = now();
      const before = buckets.get(who) ?? { left: size, at };
      const left = Math.min(size, before.left + (at - before.at) * perMs);
      // Inserted anew, so that the map stays in the order of last use and the oldest is forgotten first.
      buckets.delete(who);
      buckets.set(who, { left: left >= 1 ? left - 1 : left, at });
      if (buckets.size > greatestCrowd) buckets.delete(buckets.keys().next().value ?? '');
      if (left >= 1) return;
      const seconds = Math.ceil((1 - left) / perMs / 1000);
      throw new Problem(429, 'too-many-requests', `too many requests; wait ${seconds} s`, {
        headers: { 'Retry-After': String(seconds) },
      });
    },
  };
}

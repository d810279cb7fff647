import pLimit from 'p-limit';
import { Problem } from './problem.ts';

export interface RateLimiter {
  /** Counts one request of `who`. @throws {Problem} 429 with Retry-After when there were too many. */
  count(who: string): void;
}

interface Bucket {
  tokens: number;
  /** When they were counted, ms. */
  at: number;
}

/** Enough for every expert and wall display of an experiment; bounds memory against invented names. */
const mostBuckets = 10_000;

/**
 * Token buckets: a burst of a tenth of a minute's requests at once, and the rate in the long run. Written here because libraries
 * count in fixed windows: a dashboard that opens with more panels than the burst would wait for the end of the window, up to 6 s,
 * where the bucket lets the next request in after a tenth of a second.
 *
 * @param now clock that only goes forward, ms.
 */
export function createRateLimiter(
  requestsPerMinute: number,
  now: () => number = () => performance.now(),
): RateLimiter {
  const size = Math.max(1, requestsPerMinute / 10);
  const perMs = requestsPerMinute / 60_000;
  const buckets = new Map<string, Bucket>();

  return {
    count(who) {
      const at = now();
      const before = buckets.get(who) ?? { tokens: size, at };
      const tokens = Math.min(size, before.tokens + (at - before.at) * perMs);
      // Inserted anew, so that the map stays in the order of last use and the oldest is forgotten first.
      buckets.delete(who);
      buckets.set(who, { tokens: tokens >= 1 ? tokens - 1 : tokens, at });
      if (buckets.size > mostBuckets) buckets.delete(buckets.keys().next().value ?? '');
      if (tokens >= 1) return;
      const seconds = Math.ceil((1 - tokens) / perMs / 1000);
      throw new Problem(429, 'too-many-requests', `too many requests; wait ${seconds} s`, {
        headers: { 'Retry-After': String(seconds) },
      });
    },
  };
}

/** Bounds the requests that hold a connection to the database for as long as their client likes. */
export interface Semaphore {
  /**
   * Waits for a permit, for a bounded time.
   *
   * @returns gives it back; may be called more than once.
   * @throws {Problem} 503 with Retry-After when none became free.
   */
  acquire(): Promise<() => void>;
}

/** @param patienceMs longest time that somebody waits for a permit. */
export function createSemaphore(permits: number, patienceMs = 10_000): Semaphore {
  const limit = pLimit(permits);
  return {
    acquire: () =>
      new Promise((resolve, reject) => {
        let gaveUp = false;
        const timer = setTimeout(() => {
          gaveUp = true;
          const message = 'too many files of labels are being sent or received; try again shortly';
          reject(new Problem(503, 'too-busy', message, { headers: { 'Retry-After': '10' } }));
        }, patienceMs);
        void limit(() => {
          clearTimeout(timer);
          // Whoever gave up still stands in the queue, and lets the next one pass at once.
          return gaveUp ? undefined : new Promise<void>((release) => resolve(release));
        });
      }),
  };
}

import { Problem } from '../problem.ts';

/** A bounded number of requests that hold a connection to the database for as long as their client likes. */
export interface Places {
  /**
   * Waits for a place, for a bounded time.
   *
   * @returns gives it up; may be called more than once.
   * @throws {Problem} 503 with Retry-After when none became free.
   */
  take(): Promise<() => void>;
}

/** @param patienceMs longest time that somebody waits for a place. */
export function createPlaces(count: number, patienceMs = 10_000): Places {
  let free = count;
  const waiting = new Set<() => void>();

  function seat(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const [next] = waiting;
      if (next === undefined) free += 1;
      else next();
    };
  }

  return {
    take() {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(seat());
      }
      return new Promise((resolve, reject) => {
        const give = () => {
          clearTimeout(timer);
          waiting.delete(give);
          resolve(seat());
        };
        const timer = setTimeout(() => {
          waiting.delete(give);
          const message = 'as many files of labels as can be are under way; try again shortly';
          reject(new Problem(503, 'too-busy', message, { headers: { 'Retry-After': '10' } }));
        }, patienceMs);
        waiting.add(give);
      });
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** serialization_failure and deadlock_detected (PostgreSQL, appendix A). */
const conflictCodes = ['40001', '40P01'];

/** Twenty writers on one chamber, where everything must be serialisable, need about half of them. */
const mostAttempts = 25;
const longestPauseMs = 250;

/** Whether PostgreSQL took a transaction back because it and another one were in each other's way. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && conflictCodes.includes(error.code ?? '');
}

/**
 * Does `work`, and again, after a pause that grows and differs from one to the next, when it lost against others. Only for work
 * that is a whole transaction: PostgreSQL has then taken back all of it.
 *
 * @throws the error of `work` when it is another one, or it has lost 25 times.
 */
export async function againAfterConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || attempt === mostAttempts) throw error;
    }
    await delay(Math.random() * Math.min(longestPauseMs, 5 * 2 ** attempt));
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isDatabaseAway } from './away.ts';

export interface OutlastOptions {
  log: Pick<Logger, 'warn'>;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  /** Longest time to go on trying; for ever unless set. */
  longestMs?: number;
  /** Which errors are waited out; all that say that the database is away unless set. */
  passes?: (error: unknown) => boolean;
}

/** A database that restarts is back in seconds; no reason to be the last to notice. */
const longestPauseMs = 1000;

/**
 * Does `work`, and again after a pause of 0.1 s, 0.2 s .. 1 s while the database is away: it says so once, and once when it is
 * back. `work` must do no harm when done twice, because an answer can be lost after the database has done it.
 *
 * @throws the error of `work` when it is another one, or the time is over; the signal's reason when that aborts.
 */
export async function outlast<T>(
  work: () => Promise<T>,
  { log, signal, longestMs = Infinity, passes = isDatabaseAway }: OutlastOptions,
): Promise<T> {
  const started = performance.now();
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await work();
      if (attempt > 0) log.warn('the database is back');
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      if (!passes(error) || performance.now() - started > longestMs) throw error;
      if (attempt === 0) {
        const { message } = error as Error;
        log.warn({ error: message }, 'the database is away; trying again until it is back');
      }
    }
    // Many workers lose it at the same moment, and must not all come back at the same moment.
    const pause = Math.min(longestPauseMs, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);
    await delay(pause, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
}

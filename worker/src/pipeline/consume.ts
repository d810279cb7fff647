import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { retryWhileUnavailable } from '../storage/connectionErrors.ts';
import type { FetchedJob, Job, Queue } from './queue.ts';

export interface Consumer {
  /** Looks for a job now instead of at the next turn. */
  wake(): void;
  /** Settles once the signal has aborted and the job in hand is given back. */
  done: Promise<void>;
}

export interface ConsumerOptions {
  queue: Queue;
  handle(job: Job, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
  log: Pick<Logger, 'warn'>;
  /** How long to wait when there is nothing to do. */
  pollMs?: number;
}

/**
 * Takes one job after the other until the signal aborts.
 *
 * pg-boss's own loop is not used: it does not wait for the end of a job to be written down, so that a database that is
 * away for a moment would end the process, and it cannot cancel a job.
 */
export function consume({ queue, handle, signal, log, pollMs = 1000 }: ConsumerOptions): Consumer {
  let sleep = new AbortController();
  return { wake: () => sleep.abort(), done: loop() };

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      sleep = new AbortController();
      const next = await queue.take().catch((error: unknown) => void complain(error));
      if (next !== undefined) await run(next).catch(complain);
      else
        await delay(pollMs, undefined, { signal: AbortSignal.any([signal, sleep.signal]) }).catch(
          () => undefined,
        );
    }
  }

  async function run(next: FetchedJob): Promise<void> {
    try {
      await handle(next.job, signal);
    } catch (error) {
      await retryWhileUnavailable(() => queue.giveBack(next, String(error)), { log, signal });
      if (!signal.aborted) complain(error);
      return;
    }
    // Left open it would be done again when it expires.
    await retryWhileUnavailable(() => queue.complete(next), { log, signal });
  }

  function complain(error: unknown): void {
    log.warn({ err: error }, 'a job could not be done and will be tried again');
  }
}

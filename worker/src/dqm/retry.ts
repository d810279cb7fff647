import { DqmError } from './error.ts';
import { pause, type Stops } from './stops.ts';

interface RetryOptions {
  attempts: number;
  backOffMs: number;
  maxBackOffMs: number;
  stops: Stops;
}

/**
 * Asks again while the trouble may pass, ever more slowly, and never sooner than the server said.
 *
 * @throws the last trouble.
 */
export async function retry<Result>(ask: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof DqmError) || !thrown.mayPass || attempt >= options.attempts) throw thrown;
      const wait = Math.max(pauseBefore(attempt, options), thrown.retryAfterMs ?? 0);
      if (wait > options.maxBackOffMs) throw thrown;
      await pause(wait, options.stops);
    }
  }
}

/** Doubles every time; the random half keeps many clients from coming back in step. */
function pauseBefore(attempt: number, { backOffMs, maxBackOffMs }: RetryOptions): number {
  const full = Math.min(backOffMs * 2 ** (attempt - 1), maxBackOffMs);
  return full * (0.5 + Math.random() / 2);
}

import pg from 'pg';
import { ExponentialBackoff, fullJitterGenerator, halfJitterGenerator, handleWhen, retry } from 'cockatiel';
import type { Logger } from 'pino';

/** What is wrong with the database or its directory, in one line for the user; never holds a password. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Connection exceptions, conflicts between transactions, lack of resources, operator intervention (PostgreSQL, appendix A). */
const transientClasses = ['08', '40', '53', '57'];
const transientCodes = ['25P03'];
const networkCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  // The name server knows no such host, or does not answer itself.
  'ENOTFOUND',
  'EAI_AGAIN',
];

/** Whether the database is unavailable or busy, so that the same work may succeed in a moment, rather than wrong in itself. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  if (!(error instanceof Error)) return false;
  if (error instanceof StorageError) return isDatabaseUnavailable(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) {
    return transientClasses.includes(code.slice(0, 2)) || transientCodes.includes(code);
  }
  // What pg says when the socket is gone has no code of its own.
  return (
    networkCodes.includes(code) ||
    isAnswerMissing(error) ||
    /^Connection terminated|^Client has encountered|timeout exceeded when trying/.test(error.message)
  );
}

/**
 * Whether somebody is there who answers soon: a server that starts, has no connection free, or hung up, other than a wrong
 * address or one where nobody listens.
 */
export function isServerStarting(error: unknown): boolean {
  return isDatabaseUnavailable(error) && (error instanceof pg.DatabaseError || isHungUp(error));
}

function isHungUp(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : '';
  return code === 'ECONNRESET' || code === 'EPIPE' || /^Connection terminated/.test(error.message);
}

/** Whether a statement was sent and no answer came in time: the connection must not be used again. */
export function isAnswerMissing(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** serialization_failure and deadlock_detected (PostgreSQL, appendix A). */
const conflictCodes = ['40001', '40P01'];

/** Whether PostgreSQL rolled a transaction back because it and another one were in each other's way. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && conflictCodes.includes(error.code ?? '');
}

/** Twenty writers on one chamber, where everything must be serialisable, need about half of these attempts. */
const conflictAttempts = 25;

const conflictPolicy = retry(handleWhen(isConflict), {
  maxAttempts: conflictAttempts - 1,
  backoff: new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay: 10, maxDelay: 250 }),
});

/**
 * Does `work`, and again, after a pause that grows and differs from one to the next, when it lost against others. Only for work
 * that is a whole transaction: PostgreSQL has then rolled back all of it.
 *
 * @throws the error of `work` when it is another one, or it has lost 25 times.
 */
export function retryAfterConflicts<T>(work: () => Promise<T>): Promise<T> {
  return conflictPolicy.execute(work);
}

export interface RetryOptions {
  log: Pick<Logger, 'warn'>;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  /** Longest time to go on trying; for ever unless set. */
  longestMs?: number;
  /** Which errors are waited out; all that say that the database is unavailable unless set. */
  isTransient?: (error: unknown) => boolean;
}

/**
 * Does `work`, and again after a pause of 0.1 s, 0.2 s .. 1 s while the database is unavailable: it says so once, and once when
 * it is back. A database that restarts is back in seconds, so no pause is longer than 1 s; many workers lose it at the same
 * moment and must not all come back at the same moment, so every pause is cut by up to a half at random. `work` must do no harm
 * when done twice, because an answer can be lost after the database has done it.
 *
 * @throws the error of `work` when it is another one, or the time is over; the signal's reason once that has aborted.
 */
export async function retryWhileUnavailable<T>(
  work: () => Promise<T>,
  { log, signal, longestMs = Infinity, isTransient = isDatabaseUnavailable }: RetryOptions,
): Promise<T> {
  const started = performance.now();
  const policy = retry(
    handleWhen((error) => !signal?.aborted && isTransient(error) && performance.now() - started <= longestMs),
    {
      maxAttempts: Infinity,
      backoff: new ExponentialBackoff({ generator: halfJitterGenerator, initialDelay: 100, maxDelay: 1000 }),
    },
  );
  let retries = 0;
  policy.onRetry((failure) => {
    if (++retries > 1 || !('error' in failure)) return;
    log.warn({ error: failure.error.message }, 'the database is unavailable; trying again until it is back');
  });
  try {
    const result = await policy.execute(() => {
      if (retries > 0) signal?.throwIfAborted();
      return work();
    });
    if (retries > 0) log.warn('the database is back');
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** As `work`, unless the signal aborts first: then what becomes of `work` is of no concern any more. @throws the signal's reason. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

/** Waits for `work` to end, well or not, but no longer than so many milliseconds. */
export async function waitAtMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([Promise.allSettled([work]), over]);
  clearTimeout(timer);
}

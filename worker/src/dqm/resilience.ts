import { DqmError, type DqmErrorCode, type Subject } from './source.ts';
import { type AbortSignals, pause } from './transport.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitFunction } from 'p-limit';
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';

/** Says when the next request may start: so many a second. */
export class RateLimiter {
  readonly #intervalMs: number;
  readonly #burst: number;
  /** Time at which the bucket of free starts is full again; grows by one interval a request. */
  #fullAt = 0;

  constructor(requestsPerSecond: number, burst: number) {
    this.#intervalMs = 1000 / requestsPerSecond;
    this.#burst = burst;
  }

  async turn(signals: AbortSignals = []): Promise<void> {
    const now = performance.now();
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
    const wait = this.#fullAt - now - this.#burst * this.#intervalMs;
    if (wait > 0) await pause(wait, signals);
  }
}

/** Failures of the server as a whole: asking for another chamber would fare no better. */
const ofTheServer: readonly DqmErrorCode[] = [
  'unreachable',
  'timeout',
  'overloaded',
  'server-error',
  'login-page',
  'not-authorised',
  'refused-certificate',
];

/** Stops asking a server that fails all the time, and lets one request find out later whether it is back. */
export class Circuit {
  readonly #policy: ReturnType<typeof circuitBreaker>;
  #last: DqmError | undefined;
  #aloneUntil = 0;

  constructor(failures: number, openMs: number) {
    this.#policy = circuitBreaker(handleWhen(isOfTheServer), {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failures),
    });
    this.#policy.onBreak(() => (this.#aloneUntil = performance.now() + openMs));
    this.#policy.onReset(() => (this.#aloneUntil = 0));
    this.#policy.onFailure(({ reason }) => {
      if ('error' in reason && reason.error instanceof DqmError) this.#last = reason.error;
    });
  }

  /** Waits while the server is left alone. @throws the signal's reason when that aborts. */
  async ready(signal?: AbortSignal): Promise<void> {
    const wait = this.#aloneUntil - performance.now();
    if (wait > 0) await delay(wait, undefined, { ...(signal && { signal }) });
  }

  /** @throws {DqmError} circuit-open with the last failure as its reason, or what `ask` throws. */
  async run<Result>(subject: Subject, ask: () => Promise<Result>): Promise<Result> {
    const outcome = await this.#policy
      .execute(() => answered(ask))
      .catch((thrown: unknown) => {
        if (!(thrown instanceof BrokenCircuitError)) throw thrown;
        const last = this.#last ? ` (last: ${this.#last.message})` : '';
        const reason = `not asked: the server keeps failing${last}`;
        throw new DqmError('circuit-open', reason, subject, { cause: this.#last });
      });
    if ('fault' in outcome) throw outcome.fault;
    return outcome.result;
  }
}

const isOfTheServer = (fault: Error) => fault instanceof DqmError && ofTheServer.includes(fault.code);

/** A server that says "no such histogram" is alive: for the circuit that is a success. */
async function answered<Result>(
  ask: () => Promise<Result>,
): Promise<{ result: Result } | { fault: DqmError }> {
  try {
    return { result: await ask() };
  } catch (thrown) {
    if (thrown instanceof DqmError && !isOfTheServer(thrown) && thrown.code !== 'cancelled')
      return { fault: thrown };
    throw thrown;
  }
}

interface RetryOptions {
  attempts: number;
  backOffMs: number;
  maxBackOffMs: number;
  signals: AbortSignals;
  /** Takes a place among the requests under way. */
  place: LimitFunction;
  /** Whether the server asked us not to ask now. */
  isHeld: () => boolean;
  /** Waits as long as it asked for. @throws {DqmError} when that is longer than we wait. */
  released: () => Promise<void>;
}

/**
 * Asks again while the failure may pass, ever more slowly, and never sooner than the server said. Between tries the place is kept, so
 * that a struggling server sees fewer requests; while the server wants this one request to wait, others have the place.
 *
 * @throws the last failure.
 */
export async function retry<Result>(ask: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  let attempt = 0;
  const tries = async () => {
    while (!options.isHeld()) {
      attempt += 1;
      try {
        return { result: await ask() };
      } catch (thrown) {
        if (!(thrown instanceof DqmError) || !thrown.mayPass || attempt >= options.attempts) throw thrown;
        if ((thrown.retryAfterMs ?? 0) > options.maxBackOffMs) throw thrown;
        if (!options.isHeld()) await pause(pauseBefore(attempt, options), options.signals);
      }
    }
    return undefined;
  };
  for (;;) {
    await options.released();
    const done = await options.place(tries);
    if (done) return done.result;
  }
}

/** Doubles every time; the random half keeps many clients from coming back in step. */
function pauseBefore(attempt: number, { backOffMs, maxBackOffMs }: RetryOptions): number {
  const full = Math.min(backOffMs * 2 ** (attempt - 1), maxBackOffMs);
  return full * (0.5 + Math.random() / 2);
}

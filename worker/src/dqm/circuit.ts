import { setTimeout as delay } from 'node:timers/promises';
import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { DqmError, type DqmErrorCode, type Subject } from './error.ts';

/** Troubles of the server as a whole: asking for another chamber would fare no better. */
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

  /** @throws {DqmError} circuit-open with the last trouble as its reason, or what `ask` throws. */
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

import type { DataSource } from '@dtdqm/contract';
import pLimit from 'p-limit';
import type { TlsMaterial } from './certificate.ts';
import { withoutAge } from './dialects.ts';
import { Circuit, RateLimiter, retry } from './resilience.ts';
import { DqmError, type DqmErrorCode, type Subject } from './source.ts';
import { type AbortSignals, type Reply, Transport, isAborted, pause, unlessAborted } from './transport.ts';

/** One question to the server. */
export interface Question<Result> {
  /** Below the base URL. */
  path: string;
  subject: Subject;
  signal?: AbortSignal | undefined;
  /** @throws {DqmError} with what the reply means. */
  read: (reply: Reply, url: string) => Result;
  /** Of the reply; as many as of a listing when absent. */
  maxBytes?: number;
}

interface AskerSettings {
  url: string;
  concurrency: number;
  timeoutMs: number;
  maxReplyBytes: number;
  attempts: number;
  backOffMs: number;
  maxBackOffMs: number;
  requestsPerSecond: number;
  burst: number;
  circuitFailures: number;
  circuitOpenMs: number;
}

/** Says nothing of whether the server wants to be left alone. */
const noAnswer: readonly DqmErrorCode[] = [
  'unreachable',
  'timeout',
  'refused-certificate',
  'circuit-open',
  'cancelled',
];

/** Asks the server, no more than so much at once and a second, with tries, and as long as it wants to be asked. */
export class Asker {
  readonly #settings: AskerSettings;
  readonly #transport: Transport;
  readonly #rateLimiter: RateLimiter;
  readonly #circuit: Circuit;
  readonly #quiet: Quiet;
  readonly #place;
  readonly #closing = new AbortController();

  /** @param cheap what is asked to find out whether a server that was left alone answers again. */
  constructor(settings: AskerSettings, tls: TlsMaterial, cheap: () => Promise<Question<unknown>>) {
    this.#settings = settings;
    this.#transport = new Transport({ ...settings, tls });
    this.#rateLimiter = new RateLimiter(settings.requestsPerSecond, settings.burst);
    this.#circuit = new Circuit(settings.circuitFailures, settings.circuitOpenMs);
    this.#place = pLimit(settings.concurrency);
    this.#quiet = new Quiet(async () => {
      try {
        await this.#askNow(await cheap(), [this.#closing.signal]);
        return null;
      } catch (thrown) {
        if (!(thrown instanceof DqmError)) throw thrown;
        return thrown.retryAfterMs ?? (thrown.mayPass ? settings.maxBackOffMs : null);
      }
    });
  }

  /** One question with all its tries. @throws {DqmError} the failure of the last one. */
  ask<Result>(question: Question<Result>): Promise<Result> {
    const { path, subject, signal } = question;
    const signals = signal ? [signal, this.#closing.signal] : [this.#closing.signal];
    const address = withoutAge(path);
    return retry(() => this.#askOnce(question, address, signals), {
      ...this.#settings,
      signals,
      place: this.#place,
      isHeld: () => this.#quiet.isHeld(address) && !isAborted(signals),
      released: () => this.#released(address, subject, signals),
    });
  }

  /** Resolves when it makes sense to ask. @throws the signal's reason when that aborts. */
  async ready(signal?: AbortSignal): Promise<void> {
    const stop = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    await this.#circuit.ready(stop);
    while (this.#quiet.isServerHeld) {
      await pause(this.#quiet.server, [stop]);
      stop.throwIfAborted();
      await unlessAborted(this.#quiet.askServer(), [stop]);
    }
  }

  /** Where the hits come from, as the last answer had it. */
  origin(): DataSource {
    return this.#transport.origin;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#transport.close();
  }

  async #askOnce<Result>(
    question: Question<Result>,
    address: string,
    signals: AbortSignals,
  ): Promise<Result> {
    try {
      const result = await this.#askNow(question, signals);
      this.#quiet.answered(address);
      return result;
    } catch (thrown) {
      if (!(thrown instanceof DqmError)) throw thrown;
      if (thrown.retryAfterMs !== undefined) this.#quiet.asked(address, thrown.retryAfterMs);
      else if (!noAnswer.includes(thrown.code)) this.#quiet.answered(address);
      throw thrown;
    }
  }

  async #askNow<Result>(question: Question<Result>, signals: AbortSignals): Promise<Result> {
    const { path, subject, read, maxBytes = this.#settings.maxReplyBytes } = question;
    await this.#rateLimiter.turn(signals);
    const url = this.#settings.url + path;
    return this.#circuit.run(subject, async () =>
      read(await this.#transport.get(url, subject, signals, maxBytes), url),
    );
  }

  /**
   * Waits until an address may be asked, or nobody wants to know any more.
   *
   * @throws {DqmError} overloaded when that is longer than we wait.
   */
  async #released(address: string, subject: Subject, signals: AbortSignals): Promise<void> {
    const quiet = this.#quiet;
    while (quiet.isHeld(address) && !isAborted(signals)) {
      const wait = quiet.waitFor(address);
      if (wait > this.#settings.maxBackOffMs) {
        const what = quiet.isServerHeld ? '' : ', with this request';
        const reason = `not asked: the server wants to be left alone for another ${Math.ceil(wait / 1000)} s${what}`;
        throw new DqmError('overloaded', reason, subject, { mayPass: false });
      }
      await (wait > 0 ? pause(wait, signals) : unlessAborted(quiet.askServer(), signals));
    }
  }
}

/**
 * So many different addresses in a row that ask for a wait, with no other answer in between, speak for the whole server. A sector
 * whose plots it cannot make has as many; that costs one wait and one question, see {@link Quiet.asked}.
 */
const wholeServer = 4;

/** Addresses that are remembered: those of four runs. */
const mostAddresses = 1000;

/**
 * Whom a server wants to be left alone: what it says of one address (429 or 503 with Retry-After) holds for that address, until
 * several in a row say so. The whole server is then waited for, and asked one cheap question before anything else goes on.
 */
export class Quiet {
  /** Until when each address is left alone; it stays here, with a time that is over, until it gives an answer. */
  readonly #addresses = new Map<string, number>();
  readonly #inARow = new Set<string>();
  readonly #question: () => Promise<number | null>;
  /** Until when the whole server is left alone; null when it is not, or has answered since. */
  #serverUntil: number | null = null;
  #asking: Promise<void> | undefined;

  /** @param question asks the server what costs it little. @returns for how long it wants to be left alone, in milliseconds; null when not. */
  constructor(question: () => Promise<number | null>) {
    this.#question = question;
  }

  /** Whether the whole server is left alone, or it is not known yet whether it answers again. */
  get isServerHeld(): boolean {
    return this.#serverUntil !== null;
  }

  /** Milliseconds for which the whole server is left alone. */
  get server(): number {
    return Math.max(0, (this.#serverUntil ?? 0) - performance.now());
  }

  /** Milliseconds for which an address is left alone, be it with all others. */
  waitFor(address: string): number {
    return Math.max(this.server, (this.#addresses.get(address) ?? 0) - performance.now());
  }

  /** Whether an address may not be asked now. */
  isHeld(address: string): boolean {
    return this.isServerHeld || this.waitFor(address) > 0;
  }

  /** An address asked for a wait. One that has not answered since it did so before says nothing new of the server. */
  asked(address: string, ms: number): void {
    const until = performance.now() + ms;
    if (!this.#addresses.delete(address)) this.#inARow.add(address);
    this.#addresses.set(address, until);
    for (const oldest of this.#addresses.keys()) {
      if (this.#addresses.size <= mostAddresses) break;
      this.#addresses.delete(oldest);
    }
    if (this.#inARow.size < wholeServer) return;
    this.#serverUntil = Math.max(this.#serverUntil ?? 0, until);
  }

  /** An address gave an answer, whatever that was. */
  answered(address: string): void {
    this.#addresses.delete(address);
    this.#inARow.clear();
  }

  /** Once its time is over: asks whether the server answers again, once on behalf of all who want to know. */
  async askServer(): Promise<void> {
    if (this.#serverUntil === null || this.server > 0) return;
    this.#asking ??= this.#question()
      .then((ms) => {
        this.#inARow.clear();
        this.#serverUntil = ms === null ? null : performance.now() + ms;
      })
      .finally(() => (this.#asking = undefined));
    await this.#asking;
  }
}

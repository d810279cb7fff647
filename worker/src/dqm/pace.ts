import { DqmError, type Subject } from './error.ts';
import { pause, type Stops } from './stops.ts';

/** Says when the next request may start: so many a second, and none while the server asked for quiet. */
export class Pace {
  readonly #intervalMs: number;
  readonly #burst: number;
  readonly #longestMs: number;
  /** Time at which the bucket of free starts is full again; grows by one interval a request. */
  #fullAt = 0;
  #quietUntil = 0;

  constructor(requestsPerSecond: number, burst: number, longestMs: number) {
    this.#intervalMs = 1000 / requestsPerSecond;
    this.#burst = burst;
    this.#longestMs = longestMs;
  }

  /** All requests hold until then. */
  quietFor(ms: number): void {
    this.#quietUntil = Math.max(this.#quietUntil, performance.now() + ms);
  }

  /** @throws {DqmError} overloaded when the server asked for a longer quiet than we wait. */
  async turn(subject: Subject, stops: Stops = []): Promise<void> {
    const now = performance.now();
    const quiet = this.#quietUntil - now;
    if (quiet > this.#longestMs) {
      throw new DqmError(
        'overloaded',
        `not asked: the server wants to be left alone for another ${Math.ceil(quiet / 1000)} s`,
        subject,
        { mayPass: false },
      );
    }
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
    const wait = Math.max(this.#fullAt - now - this.#burst * this.#intervalMs, quiet);
    if (wait > 0) await pause(wait, stops);
  }
}

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

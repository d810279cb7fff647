import { labelConflictSchema, labelErrorIds } from '@dtdqm/contract';
import { asProblem, type Problem } from '../api/problem.ts';
import type { LabelApi } from './labelApi.ts';
import type { OutboxEntry, Sendable } from './outboxEntry.ts';
import type { OutboxStore } from './outboxStore.ts';

export interface OutboxStatus {
  /** Said but not yet confirmed by the API. */
  pending: number;
  /** Entries about which the expert has to decide. */
  stuck: readonly OutboxEntry[];
  /** Why sending pauses at the moment; null while all goes well. */
  problem: Problem | null;
}

export interface Clock {
  now(): number;
  later(milliseconds: number, run: () => void): () => void;
  /** 0..1, for jitter. */
  random(): number;
}

const firstPause = 120;
const longestPause = 15_000;

/**
 * Sends what was said, one after the other, until the API has confirmed it. Every repeat carries the same idempotency key, so a
 * lost answer, a reload or a second tab never makes a second event.
 */
export class Outbox {
  readonly #api: LabelApi;
  readonly #store: OutboxStore;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #entries: OutboxEntry[];
  #problem: Problem | null = null;
  #sending = false;
  #cancelPause: (() => void) | null = null;
  #closed = false;

  constructor(api: LabelApi, store: OutboxStore, clock: Clock) {
    this.#api = api;
    this.#store = store;
    this.#clock = clock;
    this.#entries = store.load();
    void this.#send();
  }

  get status(): OutboxStatus {
    return {
      pending: this.#entries.filter(({ state }) => state === 'waiting').length,
      stuck: this.#entries.filter(({ state }) => state !== 'waiting'),
      problem: this.#problem,
    };
  }

  /** Calls back after every change of status; returns how to stop that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws when the browser's storage takes nothing more: then nothing was said either. */
  add(key: string, sendable: Sendable): void {
    const order = Math.max(this.#clock.now(), (this.#entries.at(-1)?.order ?? 0) + 1);
    const entry: OutboxEntry = {
      ...sendable,
      key,
      order,
      tries: 0,
      state: 'waiting',
      problem: null,
      conflict: null,
    };
    this.#store.save(entry);
    this.#entries.push(entry);
    this.#changed();
    void this.#send();
  }

  /** Takes back an entry that was never sent, or that the API did not take. False when it may have become an event. */
  withdraw(key: string): boolean {
    const entry = this.#entries.find((candidate) => candidate.key === key);
    if (!entry || (entry.tries > 0 && entry.state === 'waiting')) return false;
    this.#drop(entry, null);
    return true;
  }

  /** Drops an entry about which the expert has decided. */
  settle(key: string): void {
    const entry = this.#entries.find((candidate) => candidate.key === key);
    if (entry) this.#drop(entry, null);
  }

  /** Tries again at once, for example when the network is back. */
  retry(): void {
    this.#cancelPause?.();
    this.#cancelPause = null;
    void this.#send();
  }

  close(): void {
    this.#closed = true;
    this.#cancelPause?.();
    this.#listeners.clear();
  }

  async #send(): Promise<void> {
    if (this.#sending || this.#cancelPause || this.#closed) return;
    this.#sending = true;
    for (;;) {
      const entry = this.#entries.find(({ state }) => state === 'waiting');
      if (!entry || this.#closed) break;
      entry.tries += 1;
      this.#keep(entry);
      const problem = await this.#sendOne(entry);
      this.#problem = problem;
      if (problem) {
        const pause = pauseAfter(entry.tries, problem, this.#clock.random());
        this.#cancelPause = this.#clock.later(pause, () => {
          this.#cancelPause = null;
          void this.#send();
        });
        break;
      }
      this.#changed();
    }
    this.#sending = false;
    this.#changed();
  }

  /** Null when the entry is done with, for good or ill; else why sending has to pause. */
  async #sendOne(entry: OutboxEntry): Promise<Problem | null> {
    try {
      this.#drop(entry, await this.#deliver(entry));
      return null;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.id === labelErrorIds.alreadyUndone) {
        this.#drop(entry, null);
        return null;
      }
      if (problem.passes || problem.kind === 'unauthorised' || problem.kind === 'forbidden') return problem;
      const conflict = labelConflictSchema.safeParse(problem.body);
      entry.state = problem.kind === 'conflict' ? 'conflict' : 'refused';
      entry.problem = { kind: problem.kind, message: problem.message };
      entry.conflict = conflict.data?.error.conflict ?? null;
      this.#keep(entry);
      return null;
    }
  }

  async #deliver(entry: OutboxEntry): Promise<string | null> {
    const idempotencyKey = entry.key;
    if (entry.kind === 'label') return (await this.#api.label({ ...entry.body, idempotencyKey })).id;
    if (entry.kind === 'skip') return (await this.#api.skip({ ...entry.body, idempotencyKey })).id;
    const event = this.#store.eventOf(entry.of);
    // What is to be undone never became an event (it was refused), so there is nothing to take back.
    return event === null ? null : (await this.#api.undo({ event, idempotencyKey })).id;
  }

  /** Storage may be full or emptied by hand meanwhile; what is in memory is still sent. */
  #keep(entry: OutboxEntry): void {
    try {
      this.#store.save(entry);
    } catch {
      return;
    }
  }

  #drop(entry: OutboxEntry, event: string | null): void {
    this.#entries = this.#entries.filter(({ key }) => key !== entry.key);
    this.#store.remove(entry.key, event);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Milliseconds to wait before try number `tries + 1`: doubling, with jitter, or as long as the API asks. */
export function pauseAfter(tries: number, problem: Problem, random: number): number {
  if (problem.retryAfter !== null) return Math.min(longestPause, problem.retryAfter * 1000);
  return Math.min(longestPause, firstPause * 2 ** Math.min(tries - 1, 12)) * (0.5 + random / 2);
}

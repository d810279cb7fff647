import {
  labelConflictSchema,
  labelErrorIds,
  type LabelConflict,
  type LabelWrite,
  type QueueSkip,
} from '@dtdqm/contract';
import type { LabelApi } from '../api/monitorApi.ts';
import { asProblem, type Problem, type ProblemKind } from '../api/problem.ts';

export type Message =
  | { kind: 'label'; body: Omit<LabelWrite, 'idempotencyKey'> }
  | { kind: 'skip'; body: Omit<QueueSkip, 'idempotencyKey'> }
  /** Takes back what was sent under the key `of`; the event's id is looked up when it is sent. */
  | { kind: 'undo'; of: string };

/** A message that the API may not have received yet. `key` is the idempotency key, sent again with every repeat. */
export type OutboxEntry = Message & {
  key: string;
  /** Position in the outbox; later entries have greater ones. */
  order: number;
  tries: number;
  /** Waiting entries are sent; the others wait for the expert to decide. */
  state: 'waiting' | 'conflict' | 'refused';
  problem: { kind: ProblemKind; message: string } | null;
  conflict: LabelConflict['error']['conflict'] | null;
};

/** The part of `localStorage` that is needed; any storage that survives a reload serves. */
export type WebStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const entryPrefix = 'dtdqm.outbox.';
const sentPrefix = 'dtdqm.sent.';
/** Ids of events that can still be undone; somewhat more than the steps of undo. */
const maxSentIds = 100;

/**
 * Keeps the outbox in the browser's storage, one item an entry, so that two tabs do not overwrite each other's. Writing is
 * synchronous on purpose: an answer is safe before the next chamber is on display.
 */
export class OutboxStore {
  readonly #storage: WebStorage;

  constructor(storage: WebStorage) {
    this.#storage = storage;
  }

  /** All entries in their order. Items that cannot be read are left alone: another version may have written them. */
  load(): OutboxEntry[] {
    return this.#keys(entryPrefix)
      .flatMap((key) => {
        const entry = this.#read<OutboxEntry>(key);
        return entry ? [entry] : [];
      })
      .sort((a, b) => a.order - b.order);
  }

  /** @throws when the storage is full or forbidden. */
  save(entry: OutboxEntry): void {
    this.#storage.setItem(entryPrefix + entry.key, JSON.stringify(entry));
  }

  /** Forgets an entry; when it became an event, remembers the event's id for undo, and the latest 100 of them. */
  remove(key: string, event: string | null): void {
    // First, as it makes room for the id when the storage is full.
    this.#storage.removeItem(entryPrefix + key);
    if (event !== null) {
      this.#storage.setItem(sentPrefix + key, JSON.stringify([Date.now(), event]));
      const sent = this.#keys(sentPrefix).map((item) => ({ item, at: this.#read<SentId>(item)?.[0] ?? 0 }));
      const excess = sent.sort((a, b) => a.at - b.at).slice(0, Math.max(0, sent.length - maxSentIds));
      for (const { item } of excess) this.#storage.removeItem(item);
    }
  }

  /** Id of the event that was made of the entry, or null while it is not known. */
  eventOf(key: string): string | null {
    return this.#read<SentId>(sentPrefix + key)?.[1] ?? null;
  }

  #read<T>(item: string): T | null {
    try {
      return JSON.parse(String(this.#storage.getItem(item))) as T | null;
    } catch {
      return null;
    }
  }

  #keys(prefix: string): string[] {
    const all = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? '');
    return all.filter((key) => key.startsWith(prefix));
  }
}

type SentId = [at: number, event: string];

export interface OutboxStatus {
  /** Entries that the API has not confirmed yet. */
  pending: number;
  /** Entries that the API has confirmed since the page was opened. */
  sent: number;
  /** Entries about which the expert has to decide. */
  rejected: readonly OutboxEntry[];
  /** Why sending pauses at the moment; null while all goes well. */
  problem: Problem | null;
}

export interface Clock {
  now(): number;
  /** Calls back after a delay, ms; returns how to cancel that. */
  schedule(delay: number, callback: () => void): () => void;
  /** 0..1, for jitter. */
  random(): number;
}

/**
 * Sends messages one after the other until the API has confirmed each. Every repeat carries the same idempotency key, so a lost
 * answer, a reload or a second tab never makes a second event.
 */
export class Outbox {
  readonly #api: LabelApi;
  readonly #store: OutboxStore;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #entries: OutboxEntry[];
  #problem: Problem | null = null;
  #sent = 0;
  #sending = false;
  #cancelRetry: (() => void) | null = null;
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
      sent: this.#sent,
      rejected: this.#entries.filter(({ state }) => state !== 'waiting'),
      problem: this.#problem,
    };
  }

  /** Calls back after every change of status; returns how to stop that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws when the browser's storage takes nothing more: then nothing will be sent either. */
  add(key: string, message: Message): void {
    const order = Math.max(this.#clock.now(), (this.#entries.at(-1)?.order ?? 0) + 1);
    const entry: OutboxEntry = {
      ...message,
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
    this.#remove(entry, null);
    return true;
  }

  /** Ends a conflict or a refusal: `mine` sends it again, under the new key and on top of what is there; `theirs` drops it. */
  resolve(entry: OutboxEntry, keep: 'mine' | 'theirs', again: string): void {
    this.withdraw(entry.key);
    if (keep === 'theirs' || entry.kind !== 'label') return;
    const baseVersion = entry.conflict?.current.version;
    const { baseVersion: _stale, ...body } = entry.body;
    this.add(again, {
      kind: 'label',
      body: { ...body, ...(baseVersion === undefined ? {} : { baseVersion }) },
    });
  }

  /** Tries again at once, for example when the network is back. */
  retry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    void this.#send();
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#listeners.clear();
  }

  async #send(): Promise<void> {
    if (this.#sending || this.#cancelRetry) return;
    this.#sending = true;
    for (;;) {
      const entry = this.#entries.find(({ state }) => state === 'waiting');
      if (!entry || this.#closed) break;
      entry.tries += 1;
      this.#save(entry);
      this.#problem = await this.#sendOne(entry);
      if (this.#problem) {
        const delay = backoffDelay(entry.tries, this.#problem, this.#clock.random());
        this.#cancelRetry = this.#clock.schedule(delay, () => this.retry());
        break;
      }
      this.#changed();
    }
    this.#sending = false;
    this.#changed();
  }

  /** Null when the entry needs no further try, whatever came of it; else why sending has to pause. */
  async #sendOne(entry: OutboxEntry): Promise<Problem | null> {
    try {
      const event = await this.#request(entry);
      this.#sent += 1;
      this.#remove(entry, event);
      return null;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.id === labelErrorIds.alreadyUndone) {
        this.#remove(entry, null);
        return null;
      }
      // Nothing is given up for lack of rights: an administrator can set the token anew, or sign in as someone who may.
      if (problem.isTransient || problem.kind === 'unauthorised' || problem.kind === 'forbidden')
        return problem;
      entry.state = problem.kind === 'conflict' ? 'conflict' : 'refused';
      entry.problem = { kind: problem.kind, message: problem.message };
      entry.conflict = labelConflictSchema.safeParse(problem.body).data?.error.conflict ?? null;
      this.#save(entry);
      return null;
    }
  }

  /** The id of the event that came of it; null when there was nothing to do. */
  async #request(entry: OutboxEntry): Promise<string | null> {
    const idempotencyKey = entry.key;
    if (entry.kind === 'label') return (await this.#api.label({ ...entry.body, idempotencyKey })).id;
    if (entry.kind === 'skip') return (await this.#api.skip({ ...entry.body, idempotencyKey })).id;
    const event = this.#store.eventOf(entry.of);
    // What is to be undone never became an event (it was refused), so there is nothing to take back.
    return event === null ? null : (await this.#api.undo({ event, idempotencyKey })).id;
  }

  /** Storage may be full or emptied by hand meanwhile; what is in memory is still sent. */
  #save(entry: OutboxEntry): void {
    try {
      this.#store.save(entry);
    } catch {
      return;
    }
  }

  #remove(entry: OutboxEntry, event: string | null): void {
    this.#entries = this.#entries.filter((candidate) => candidate !== entry);
    this.#store.remove(entry.key, event);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

const initialDelay = 120;
const maxDelay = 15_000;

/** Milliseconds to wait before try number `tries + 1`: doubling, with jitter, or as long as the API asks; at most 15 s. */
export function backoffDelay(tries: number, problem: Problem, random: number): number {
  if (problem.retryAfter !== null) return Math.min(maxDelay, problem.retryAfter * 1000);
  return Math.min(maxDelay, initialDelay * 2 ** (tries - 1)) * (0.5 + random / 2);
}

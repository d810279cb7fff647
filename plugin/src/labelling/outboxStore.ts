import type { OutboxEntry } from './outboxEntry.ts';

/** The part of `localStorage` that is needed; any storage that survives a reload serves. */
export type WebStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const entryPrefix = 'dtdqm.outbox.';
const sentPrefix = 'dtdqm.sent.';
/** Ids of events that can still be undone; somewhat more than the steps of undo. */
const mostRemembered = 100;

/**
 * Keeps the outbox in the browser's storage, one item an entry, so that two tabs do not overwrite each other's. Writing is
 * synchronous on purpose: what was said is safe before the next chamber is on display.
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
        try {
          return [JSON.parse(this.#storage.getItem(key) ?? '') as OutboxEntry];
        } catch {
          return [];
        }
      })
      .sort((a, b) => a.order - b.order);
  }

  /** @throws when the storage is full or forbidden. */
  save(entry: OutboxEntry): void {
    this.#storage.setItem(entryPrefix + entry.key, JSON.stringify(entry));
  }

  has(key: string): boolean {
    return this.#storage.getItem(entryPrefix + key) !== null;
  }

  /** Forgets an entry; when it became an event, remembers the event's id for undo. */
  remove(key: string, event: string | null): void {
    if (event !== null) {
      this.#storage.setItem(sentPrefix + key, JSON.stringify([Date.now(), event]));
      this.#forgetOldest();
    }
    this.#storage.removeItem(entryPrefix + key);
  }

  /** Id of the event that was made of the entry, or null while it is not known. */
  eventOf(key: string): string | null {
    return this.#sent(key)[1];
  }

  #forgetOldest(): void {
    const sent = this.#keys(sentPrefix).map((key) => ({
      key,
      at: this.#sent(key.slice(sentPrefix.length))[0],
    }));
    const excess = sent.sort((a, b) => a.at - b.at).slice(0, Math.max(0, sent.length - mostRemembered));
    for (const { key } of excess) this.#storage.removeItem(key);
  }

  #sent(key: string): [at: number, event: string | null] {
    try {
      return JSON.parse(this.#storage.getItem(sentPrefix + key) ?? '[0,null]') as [number, string];
    } catch {
      return [0, null];
    }
  }

  #keys(prefix: string): string[] {
    const all = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? '');
    return all.filter((key) => key.startsWith(prefix));
  }
}

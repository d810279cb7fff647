import {
  type ChamberOfRun,
  type LabelEvent,
  type LabelHistory,
  type LabelUndo,
  type LabelWrite,
  type Lease,
  type QueueLease,
  type QueueNext,
  type QueueSkip,
  type SecondOpinion,
  type WaitingChamber,
  allChambers,
} from '@dtdqm/contract';
import { Problem } from '../api/problem.ts';
import { LabellingController, type ControllerOptions } from './controller.ts';
import type { LabelApi } from '../api/monitorApi.ts';
import { OutboxStore, type WebStorage } from './outbox.ts';

/** A browser storage in memory; give the same one to a second controller to play a reload. */
export function memoryStorage(): WebStorage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/** The far end in memory: a journal with idempotency keys, behind a line that fails as often as it is told to. */
export class Journal implements LabelApi {
  readonly events: LabelEvent[] = [];
  /** Called before and after each request is dealt with; true drops it. */
  drop: (when: 'request' | 'answer') => boolean = () => false;
  readonly #byKey = new Map<string, LabelEvent>();
  #handedOut = 0;

  async next({ count = 1 }: QueueNext): Promise<Lease[]> {
    return this.#line(() =>
      Array.from({ length: count }, () => {
        const chamber = this.#first();
        this.#handedOut += 1;
        return { ...chamber, lease: this.#leased() };
      }),
    );
  }

  async waiting({ count = 1 }: QueueNext): Promise<WaitingChamber[]> {
    return this.#line(() => Array.from({ length: count }, (_, index) => this.#first(index)));
  }

  async secondOpinions(): Promise<SecondOpinion[]> {
    return [];
  }

  async lease({ wheel, station, sector }: QueueLease): Promise<Lease['lease'] | null> {
    return this.#line(() => {
      const first = this.#first();
      if (first.wheel !== wheel || first.station !== station || first.sector !== sector) return null;
      this.#handedOut += 1;
      return this.#leased();
    });
  }

  #first(ahead = 0): WaitingChamber {
    const index = this.#handedOut + ahead;
    return {
      run: 1 + Math.floor(index / 250),
      ...allChambers[index % 250]!,
      reason: { strategy: 'random', audit: false, priority: 1, text: 'drawn at random' },
    };
  }

  #leased(): Lease['lease'] {
    return { id: `lease-${this.#handedOut}`, by: 'me', until: '2030-01-01T00:00:00Z' };
  }

  async hits(chamber: ChamberOfRun) {
    const { params, matrix } = await this.chamber(chamber);
    return { params, matrix };
  }

  async chamber({ run, wheel, sector, station }: ChamberOfRun) {
    const rows = Array.from({ length: 12 }, () => [5, 5, 5]);
    return {
      params: { run, wheel, sector, station },
      matrix: rows,
      scores: rows.map(() => 0.1),
      saliency: rows,
      model: 'm@1',
    };
  }

  async history(): Promise<LabelHistory> {
    return { version: 0, current: null, mine: false, events: [], spans: [] };
  }

  async label(body: LabelWrite): Promise<LabelEvent> {
    return this.#write(body.idempotencyKey, { kind: 'label', ...body, undoes: null } as Partial<LabelEvent>);
  }

  async skip(body: QueueSkip): Promise<LabelEvent> {
    return this.#write(body.idempotencyKey, { kind: 'skip', ...body, undoes: null } as Partial<LabelEvent>);
  }

  async undo({ event, idempotencyKey }: LabelUndo): Promise<LabelEvent> {
    const undone = this.events.find(({ id }) => id === event);
    if (!undone) throw new Problem('not-found', 'no such event');
    return this.#write(idempotencyKey, { ...undone, kind: 'undo', undoes: event });
  }

  async release(): Promise<void> {}

  /** Events that nobody has taken back. */
  get inForce(): LabelEvent[] {
    const undone = new Set(this.events.map(({ undoes }) => undoes));
    return this.events.filter(({ kind, id }) => kind !== 'undo' && !undone.has(id));
  }

  #write(key: string, parts: Partial<LabelEvent>): Promise<LabelEvent> {
    return this.#line(() => {
      const known = this.#byKey.get(key);
      if (known) return known;
      const event = { ...parts, id: String(this.events.length + 1) } as LabelEvent;
      this.#byKey.set(key, event);
      this.events.push(event);
      return event;
    });
  }

  async #line<T>(deal: () => T): Promise<T> {
    if (this.drop('request')) throw new Problem('unreachable', 'connection reset');
    const answer = deal();
    if (this.drop('answer')) throw new Problem('unreachable', 'connection reset');
    return answer;
  }
}

/** A clock whose pauses take no time. */
export const immediateClock = {
  now: () => 1_000,
  random: () => 0.5,
  schedule: (_delay: number, callback: () => void) => {
    const timer = setImmediate(callback);
    return () => clearImmediate(timer);
  },
};

let keys = 0;

export function controllerOn(
  api: LabelApi,
  storage = memoryStorage(),
  options: Partial<ControllerOptions> = {},
): LabellingController {
  return new LabellingController({
    api,
    store: new OutboxStore(storage),
    clock: immediateClock,
    newKey: () => `key-${String((keys += 1)).padStart(6, '0')}`,
    prefetch: { ahead: 2, strategy: null, blindFirst: false },
    ...options,
  });
}

/** Waits until a controller shows a chamber. */
export async function shown(controller: LabellingController): Promise<ChamberOfRun> {
  for (let turn = 0; turn < 10_000; turn += 1) {
    const { task } = controller.state.session;
    if (task && !controller.state.waiting) return task.chamber;
    if (controller.state.problem) controller.next();
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('no chamber came');
}

/** Waits until everything said was confirmed. */
export async function sent(controller: LabellingController): Promise<void> {
  for (let turn = 0; turn < 100_000 && controller.state.outbox.pending > 0; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

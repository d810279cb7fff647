import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allChambers, labelErrorIds, type LabelEvent } from '@dtdqm/contract';
import type { LabelApi } from '../api/monitorApi.ts';
import { Problem, problemOf, type ProblemKind } from '../api/problem.ts';
import { Journal, memoryStorage } from './labelling.fixture.ts';
import { backoffDelay, Outbox, OutboxStore, type Clock, type Message } from './outbox.ts';

/** A clock that stands still: what is scheduled is listed, and runs when it is told to. */
class StoppedClock implements Clock {
  time = 1_000;
  jitter = 1;
  readonly delays: number[] = [];
  #pending: (() => void) | null = null;

  now() {
    return this.time;
  }

  random() {
    return this.jitter;
  }

  schedule(delay: number, callback: () => void) {
    this.delays.push(delay);
    this.#pending = callback;
    return () => (this.#pending = null);
  }

  get isWaiting() {
    return this.#pending !== null;
  }

  async tick() {
    const callback = this.#pending;
    this.#pending = null;
    callback?.();
    await settle();
  }
}

/** Lets everything that waits for no clock run to its end. */
async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const [chamber, other] = allChambers.map((id) => ({ run: 7, ...id }));
if (!chamber || !other) throw new Error('no chambers');
const label = (note = ''): Message => ({ kind: 'label', body: { ...chamber, verdicts: [], note } });
const unreachable = () => new Problem('unreachable', 'connection reset');
const conflict = {
  yours: { baseVersion: 0, verdicts: [] },
  current: { version: 3, label: null },
};

/** A monitor whose next failures are given (null: a success); it keeps what it was asked for, in order. */
class ScriptedApi extends Journal implements LabelApi {
  readonly requests: string[] = [];
  readonly #problems: (Problem | null)[];

  constructor(...problems: (Problem | null)[]) {
    super();
    this.#problems = problems;
  }

  override async label(body: Parameters<Journal['label']>[0]): Promise<LabelEvent> {
    return this.#answer(`label ${body.idempotencyKey}`, () => super.label(body));
  }

  override async skip(body: Parameters<Journal['skip']>[0]): Promise<LabelEvent> {
    return this.#answer(`skip ${body.idempotencyKey}`, () => super.skip(body));
  }

  override async undo(body: Parameters<Journal['undo']>[0]): Promise<LabelEvent> {
    return this.#answer(`undo ${body.event} ${body.idempotencyKey}`, () => super.undo(body));
  }

  async #answer(request: string, answer: () => Promise<LabelEvent>): Promise<LabelEvent> {
    this.requests.push(request);
    const problem = this.#problems.shift();
    if (problem) throw problem;
    return answer();
  }
}

const outboxOn = (api: LabelApi, { clock = new StoppedClock(), storage = memoryStorage() } = {}) => {
  const store = new OutboxStore(storage);
  return { outbox: new Outbox(api, store, clock), store, clock, storage };
};

describe('sending', () => {
  it('confirms messages in their order, each under its own key, and then has nothing left', async () => {
    const api = new ScriptedApi();
    const { outbox, store } = outboxOn(api);
    outbox.add('key-a', label('first'));
    outbox.add('key-b', { kind: 'skip', body: { ...other, note: 'later' } });
    expect(outbox.status).toMatchObject({ pending: 2, rejected: [], problem: null });
    expect(store.load().map(({ key }) => key)).toEqual(['key-a', 'key-b']);
    await settle();
    expect(api.requests).toEqual(['label key-a', 'skip key-b']);
    expect(api.events).toMatchObject([
      { kind: 'label', ...chamber, note: 'first' },
      { kind: 'skip', ...other, note: 'later' },
    ]);
    expect(outbox.status).toMatchObject({ pending: 0, rejected: [], problem: null });
    expect(store.load()).toEqual([]);
  });

  it('waits longer after each failure: 120 ms, then double, up to 15 s', async () => {
    const api = new ScriptedApi(...Array.from({ length: 10 }, unreachable));
    const { outbox, clock } = outboxOn(api);
    outbox.add('key-a', label());
    await settle();
    for (let attempt = 1; attempt < 10; attempt += 1) {
      expect(api.requests).toHaveLength(attempt);
      await clock.tick();
    }
    expect(clock.delays).toEqual([120, 240, 480, 960, 1920, 3840, 7680, 15_000, 15_000, 15_000]);
    expect(outbox.status).toMatchObject({ pending: 1, problem: { kind: 'unreachable' } });
    await clock.tick();
    expect(outbox.status).toMatchObject({ pending: 0, rejected: [], problem: null });
    expect(new Set(api.requests)).toEqual(new Set(['label key-a']));
    expect(api.events).toHaveLength(1);
  });

  it('begins with the shortest wait again for the next message', async () => {
    const { outbox, clock } = outboxOn(new ScriptedApi(unreachable(), unreachable(), null, unreachable()));
    outbox.add('key-a', label());
    await settle();
    await clock.tick();
    await clock.tick();
    outbox.add('key-b', label());
    await settle();
    expect(clock.delays).toEqual([120, 240, 120]);
  });

  it('sends nothing while it waits, and at once when told that the network is back', async () => {
    const api = new ScriptedApi(unreachable());
    const { outbox, clock } = outboxOn(api);
    outbox.add('key-a', label());
    await settle();
    outbox.add('key-b', label());
    await settle();
    expect(api.requests).toEqual(['label key-a']);
    outbox.retry();
    await settle();
    expect(api.requests).toEqual(['label key-a', 'label key-a', 'label key-b']);
    expect(clock.isWaiting).toBe(false);
  });

  it('has one request under way at a time, however often it is told to try', async () => {
    let active = 0;
    let most = 0;
    class Slow extends ScriptedApi {
      override async label(body: Parameters<Journal['label']>[0]) {
        active += 1;
        most = Math.max(most, active);
        await settle();
        active -= 1;
        return super.label(body);
      }
    }
    const api = new Slow();
    const { outbox } = outboxOn(api);
    outbox.add('key-a', label());
    outbox.add('key-b', label());
    outbox.retry();
    await settle();
    await settle();
    await settle();
    expect(most).toBe(1);
    expect(api.requests).toEqual(['label key-a', 'label key-b']);
  });

  it('keeps what is not confirmed over a reload, and sends it in the order in which it was said', async () => {
    const storage = memoryStorage();
    const clock = new StoppedClock();
    const first = outboxOn(new ScriptedApi(unreachable()), { storage, clock });
    // Keys that sort the other way round, and a clock that stands still: only the order decides.
    first.outbox.add('key-z', label());
    first.outbox.add('key-m', label());
    clock.time = 900;
    first.outbox.add('key-a', label());
    await settle();
    first.outbox.close();
    expect(first.store.load().map(({ order }) => order)).toEqual([1000, 1001, 1002]);
    expect(first.store.load()[0]).toMatchObject({ key: 'key-z', tries: 1, state: 'waiting' });
    // Nor does the order in which the storage lists them matter.
    const relisted = memoryStorage();
    for (const key of ['key-m', 'key-a', 'key-z'].map((name) => `dtdqm.outbox.${name}`)) {
      relisted.setItem(key, storage.getItem(key) ?? '');
    }
    const api = new ScriptedApi();
    outboxOn(api, { storage: relisted });
    await settle();
    expect(api.requests).toEqual(['label key-z', 'label key-m', 'label key-a']);
  });

  it('takes the time as the order when it is later', () => {
    const { outbox, store, clock } = outboxOn(new ScriptedApi(unreachable()));
    outbox.add('key-a', label());
    clock.time = 5_000;
    outbox.add('key-b', label());
    expect(store.load().map(({ order }) => order)).toEqual([1000, 5000]);
  });

  it('sends nothing more once it is closed', async () => {
    const api = new ScriptedApi(unreachable());
    const { outbox, clock } = outboxOn(api);
    outbox.add('key-a', label());
    await settle();
    outbox.close();
    expect(clock.isWaiting).toBe(false);
    outbox.retry();
    outbox.add('key-b', label());
    await settle();
    expect(api.requests).toEqual(['label key-a']);
  });

  it('finishes the request under way when it is closed, and begins no other', async () => {
    const api = new ScriptedApi();
    const { outbox, store } = outboxOn(api);
    outbox.add('key-a', label());
    outbox.add('key-b', label());
    outbox.close();
    await settle();
    expect(api.requests).toEqual(['label key-a']);
    expect(store.load().map(({ key }) => key)).toEqual(['key-b']);
  });

  it('goes on without the browser’s storage, but takes nothing that it could not store', async () => {
    const storage = memoryStorage();
    const api = new ScriptedApi(unreachable());
    const { outbox, clock } = outboxOn(api, { storage });
    outbox.add('key-a', label());
    await settle();
    const setItem = storage.setItem.bind(storage);
    storage.setItem = (key, value) => {
      if (key.startsWith('dtdqm.outbox.')) throw new DOMException('full', 'QuotaExceededError');
      setItem(key, value);
    };
    expect(() => outbox.add('key-b', label())).toThrow('full');
    expect(outbox.status.pending).toBe(1);
    await clock.tick();
    expect(api.requests).toEqual(['label key-a', 'label key-a']);
    expect(outbox.status.pending).toBe(0);
  });

  it('tells those who listen of every change, until they stop', async () => {
    const { outbox, clock } = outboxOn(
      new ScriptedApi(unreachable(), new Problem('refused', 'no'), unreachable()),
    );
    const seen: string[] = [];
    const look = () => {
      const { pending, rejected, problem } = outbox.status;
      const now = `${pending} ${rejected.length} ${problem?.kind ?? 'well'}`;
      if (seen.at(-1) !== now) seen.push(now);
    };
    const stop = outbox.subscribe(look);
    outbox.add('key-a', label());
    outbox.add('key-b', label());
    await settle();
    await clock.tick();
    expect(seen).toEqual(['1 0 well', '2 0 well', '2 0 unreachable', '1 1 well', '1 1 unreachable']);
    stop();
    outbox.withdraw('key-a');
    expect(seen).toHaveLength(5);
    outbox.subscribe(look);
    outbox.close();
    await clock.tick();
    expect(seen).toHaveLength(5);
  });
});

describe('answers that are not a success', () => {
  const transient: ProblemKind[] = ['unreachable', 'too-many', 'unavailable', 'server', 'unreadable'];

  it.each([...transient, 'unauthorised', 'forbidden'] as const)('%s is tried again', async (kind) => {
    const { outbox, clock } = outboxOn(new ScriptedApi(new Problem(kind, 'not now')));
    outbox.add('key-a', label());
    await settle();
    expect(clock.isWaiting).toBe(true);
    expect(outbox.status).toMatchObject({ pending: 1, rejected: [], problem: { kind } });
  });

  it.each(['refused', 'not-found'] as const)(
    '%s waits for the expert, and the next is sent',
    async (kind) => {
      const api = new ScriptedApi(new Problem(kind, 'layer 13 does not exist'));
      const { outbox, store, clock } = outboxOn(api);
      outbox.add('key-a', label());
      outbox.add('key-b', label());
      await settle();
      expect(clock.delays).toEqual([]);
      expect(api.requests).toEqual(['label key-a', 'label key-b']);
      const entry = {
        state: 'refused',
        problem: { kind, message: 'layer 13 does not exist' },
        conflict: null,
      };
      expect(outbox.status).toMatchObject({
        pending: 0,
        rejected: [{ key: 'key-a', ...entry }],
        problem: null,
      });
      expect(store.load()).toMatchObject([{ key: 'key-a', ...entry }]);
    },
  );

  it('a conflict waits for the expert with both versions', async () => {
    const body = { error: { id: 'conflict', message: 'labelled meanwhile', conflict } };
    const { outbox } = outboxOn(new ScriptedApi(problemOf(409, body)));
    outbox.add('key-a', label());
    await settle();
    expect(outbox.status.rejected).toMatchObject([{ key: 'key-a', state: 'conflict', conflict }]);
  });

  it('is not sent again after a reload while it waits for the expert', async () => {
    const storage = memoryStorage();
    const { outbox } = outboxOn(new ScriptedApi(new Problem('refused', 'no')), { storage });
    outbox.add('key-a', label());
    await settle();
    const api = new ScriptedApi();
    const reloaded = outboxOn(api, { storage });
    await settle();
    expect(api.requests).toEqual([]);
    expect(reloaded.outbox.status.rejected).toHaveLength(1);
  });
});

describe('undo', () => {
  it('names the event that came of the message, also after a reload', async () => {
    const storage = memoryStorage();
    const api = new ScriptedApi();
    outboxOn(api, { storage }).outbox.add('key-a', label());
    await settle();
    outboxOn(api, { storage }).outbox.add('key-u', { kind: 'undo', of: 'key-a' });
    await settle();
    expect(api.requests).toEqual(['label key-a', 'undo 1 key-u']);
    expect(api.inForce).toEqual([]);
  });

  it('asks for nothing when no event came of the message', async () => {
    const api = new ScriptedApi();
    const { outbox, store } = outboxOn(api);
    outbox.add('key-u', { kind: 'undo', of: 'key-never' });
    await settle();
    expect(api.requests).toEqual([]);
    expect(outbox.status.pending).toBe(0);
    expect(store.load()).toEqual([]);
  });

  it('is done when the event was undone before', async () => {
    const undone = new Problem('conflict', 'undone before', { status: 409, id: labelErrorIds.alreadyUndone });
    const api = new ScriptedApi();
    const { outbox, store } = outboxOn(api);
    outbox.add('key-a', label());
    await settle();
    api.undo = async () => Promise.reject(undone);
    outbox.add('key-u', { kind: 'undo', of: 'key-a' });
    await settle();
    expect(outbox.status).toMatchObject({ pending: 0, rejected: [], problem: null });
    expect(store.load()).toEqual([]);
    expect(store.eventOf('key-u')).toBeNull();
  });
});

describe('withdraw', () => {
  it('takes back what was never sent, and what was refused', async () => {
    const api = new ScriptedApi(new Problem('refused', 'no'), unreachable());
    const { outbox, store, clock, storage } = outboxOn(api);
    outbox.add('key-refused', label());
    outbox.add('key-sent', label());
    outbox.add('key-unsent', label());
    await settle();
    expect(outbox.withdraw('key-unsent')).toBe(true);
    expect(outbox.withdraw('key-refused')).toBe(true);
    expect(store.load().map(({ key }) => key)).toEqual(['key-sent']);
    expect(storage.length).toBe(1);
    await clock.tick();
    expect(api.requests).toEqual(['label key-refused', 'label key-sent', 'label key-sent']);
  });

  it('leaves what may have become an event, and what is not there', async () => {
    const { outbox } = outboxOn(new ScriptedApi(unreachable()));
    outbox.add('key-a', label());
    await settle();
    expect(outbox.withdraw('key-a')).toBe(false);
    expect(outbox.withdraw('key-unknown')).toBe(false);
    expect(outbox.status.pending).toBe(1);
  });
});

describe('OutboxStore', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_000 }));
  afterEach(() => void vi.useRealTimers());

  it('remembers the ids of the latest 100 events', () => {
    const storage = memoryStorage();
    storage.setItem('grafana.theme', 'dark');
    const store = new OutboxStore(storage);
    // The storage lists items in an order of its own, so only the times tell which are the latest.
    for (const age of [3, 1, 2, ...Array.from({ length: 100 }, (_, index) => -index)]) {
      vi.setSystemTime(1_000 - age);
      store.remove(`key-${age}`, `event ${age}`);
    }
    expect([1, 2, 3].map((age) => store.eventOf(`key-${age}`))).toEqual([null, null, null]);
    expect([0, -99].map((age) => store.eventOf(`key-${age}`))).toEqual(['event 0', 'event -99']);
    expect(storage.length).toBe(101);
    vi.setSystemTime(999);
    store.remove('key-old', 'event old');
    expect(store.eventOf('key-old')).toBeNull();
    expect(storage.getItem('grafana.theme')).toBe('dark');
  });

  it('leaves alone what it cannot read and what belongs to others', () => {
    const storage = memoryStorage();
    storage.setItem('grafana.theme', 'dark');
    storage.setItem('dtdqm.outbox.broken', '{');
    storage.setItem('dtdqm.sent.broken', '{');
    const store = new OutboxStore(storage);
    expect(store.load()).toEqual([]);
    expect(store.eventOf('broken')).toBeNull();
    store.remove('key-a', 'event 1');
    expect(store.eventOf('key-a')).toBe('event 1');
    expect(storage.getItem('grafana.theme')).toBe('dark');
    expect(storage.getItem('dtdqm.outbox.broken')).toBe('{');
  });

  it('makes room before it remembers an event in a full storage', () => {
    const storage = memoryStorage();
    const setItem = storage.setItem.bind(storage);
    storage.setItem = (key, value) => {
      if (storage.length >= 1) throw new DOMException('full', 'QuotaExceededError');
      setItem(key, value);
    };
    const store = new OutboxStore(storage);
    store.save({
      ...label(),
      key: 'key-a',
      order: 1,
      tries: 1,
      state: 'waiting',
      problem: null,
      conflict: null,
    });
    store.remove('key-a', 'event 1');
    expect(store.eventOf('key-a')).toBe('event 1');
    expect(store.load()).toEqual([]);
  });
});

describe('backoffDelay', () => {
  it('spreads tries by jitter between half the delay and all of it', () => {
    expect(backoffDelay(3, unreachable(), 0)).toBe(240);
    expect(backoffDelay(3, unreachable(), 0.5)).toBe(360);
    expect(backoffDelay(3, unreachable(), 1)).toBe(480);
  });

  it('is as long as the API asks for, at most 15 s, whatever the tries', () => {
    const asked = (retryAfter: number) => new Problem('too-many', 'slow down', { retryAfter });
    expect(backoffDelay(1, asked(2), 0)).toBe(2_000);
    expect(backoffDelay(9, asked(0), 0)).toBe(0);
    expect(backoffDelay(1, asked(60), 0)).toBe(15_000);
  });
});

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  allChambers,
  type ChamberOfRun,
  type LabelEvent,
  type QueueLease,
  type QueueNext,
  type SecondOpinion,
} from '@dtdqm/contract';
import { Problem } from '../api/problem.ts';
import { createKeys } from './keys.ts';
import { controllerOn, immediateClock, Journal, memoryStorage, sent, shown } from './labelling.fixture.ts';

const { intentOf } = createKeys('');
import { OutboxStore } from './outbox.ts';
import { isBlind } from './session.ts';

const press = (controller: ReturnType<typeof controllerOn>, ...keys: string[]) => {
  for (const key of keys) {
    const code = /\d/.test(key) ? `Digit${key}` : '';
    const intent = intentOf({
      key,
      code,
      shiftKey: false,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      repeat: false,
    });
    if (intent) controller.act(intent);
  }
};

const blindly = { prefetch: { ahead: 2, strategy: null, blindFirst: true } };
const place = (chamber: ChamberOfRun) => ({ chamber, answer: null, audit: false });
const isShownBlind = ({ state }: ReturnType<typeof controllerOn>) => isBlind(state.session);
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await turnOfLoop();
};

const turnOfLoop = () => new Promise((resolve) => setImmediate(resolve));

describe('LabellingController', () => {
  it('takes "eleven good, one bad" in three keystrokes and goes on', async () => {
    const journal = new Journal();
    const controller = controllerOn(journal);
    controller.next();
    const first = await shown(controller);
    press(controller, 'a', '9', 'Enter');
    expect(await shown(controller)).not.toEqual(first);
    await sent(controller);
    expect(journal.events).toHaveLength(1);
    expect(journal.events[0]?.verdicts).toEqual(
      Array.from({ length: 12 }, (_, row) => (row === 8 ? 'bad' : 'good')),
    );
    expect(journal.events[0]).toMatchObject({ ...first, blind: false, queueReason: 'drawn at random' });
  });

  it('refuses to save half an answer and says which layers are missing', async () => {
    const journal = new Journal();
    const controller = controllerOn(journal);
    controller.next();
    const first = await shown(controller);
    press(controller, '9', 'Enter');
    expect(await shown(controller)).toEqual(first);
    expect(controller.state.session.notice).toContain('1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12');
    expect(journal.events).toEqual([]);
  });

  it('shows the next chamber at once because two are held ready', async () => {
    const controller = controllerOn(new Journal());
    controller.next();
    await shown(controller);
    press(controller, 'a');
    await settled();
    const before = await shown(controller);
    press(controller, 's');
    expect(controller.state.waiting).toBe(false);
    expect(controller.state.session.task?.chamber).not.toEqual(before);
  });

  it('keeps a chamber that could not be read at first, and leaves out one that has vanished', async () => {
    let reads = 0;
    class Rough extends Journal {
      override async chamber(chamber: ChamberOfRun) {
        reads += 1;
        if (reads === 1) throw new Problem('unreachable', 'connection reset');
        if (reads === 3) throw new Problem('not-found', 'no such chamber');
        return super.chamber(chamber);
      }
    }
    const controller = controllerOn(new Rough());
    controller.next();
    const first = await shown(controller);
    expect(first).toMatchObject({ run: 1, ...allChambers[0] });
    press(controller, 's');
    expect(await shown(controller)).toMatchObject({ run: 1, ...allChambers[2] });
  });

  it('looks past one that has vanished', async () => {
    class Rough extends Journal {
      override async chamber(chamber: ChamberOfRun) {
        if (chamber.sector === 1) throw new Problem('not-found', 'no such chamber');
        return super.chamber(chamber);
      }
    }
    const controller = controllerOn(new Rough());
    controller.next();
    expect(await shown(controller)).toMatchObject({ run: 1, ...allChambers[1] });
  });

  it('stays with what an undo brought back when the next chamber arrives late', async () => {
    let arrive = () => {};
    const third = new Promise<void>((resolve) => (arrive = resolve));
    class Slow extends Journal {
      override async chamber(chamber: ChamberOfRun) {
        if (chamber.sector === 3) await third;
        return super.chamber(chamber);
      }
    }
    const controller = controllerOn(new Slow(), memoryStorage(), {
      prefetch: { ahead: 1, strategy: null, blindFirst: false },
    });
    controller.next();
    const first = await shown(controller);
    press(controller, 'b', 'Enter');
    expect(await shown(controller)).not.toEqual(first);
    press(controller, 's');
    expect(controller.state.waiting).toBe(true);
    press(controller, 'u', 'u');
    expect(controller.state.session.task?.chamber).toEqual(first);
    arrive();
    await sent(controller);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await shown(controller)).toEqual(first);
    expect(controller.state.session.answer.verdicts[0]).toBe('bad');
    press(controller, 's');
    expect(await shown(controller)).toMatchObject({ sector: 2 });
    press(controller, 's');
    expect(await shown(controller)).toMatchObject({ sector: 3 });
  });

  it('takes nothing for a chamber that has been answered while the next one is on its way', async () => {
    let arrive = () => {};
    const journal = new Journal();
    const waiting = journal.waiting.bind(journal);
    const next = journal.next.bind(journal);
    const controller = controllerOn(journal, memoryStorage(), {
      prefetch: { ahead: 1, strategy: null, blindFirst: false },
    });
    controller.next();
    const first = await shown(controller);
    const slow = new Promise<void>((resolve) => (arrive = resolve));
    journal.waiting = async (query) => slow.then(() => waiting(query));
    journal.next = async (query) => slow.then(() => next(query));
    press(controller, 'a', 'Enter');
    await settled();
    // The one that was held ready, if any, is answered too; from then on there is none.
    if (!controller.state.waiting) press(controller, 'a', 'Enter');
    await settled();
    expect(controller.state.waiting).toBe(true);
    await sent(controller);
    const answers = journal.events.length;
    press(controller, '9', 'b', 'Enter', 's', 's', 'm', 'a', 'Enter');
    await settled();
    expect(controller.state.session.notice).toBe('The next chamber is on its way: that key was not taken.');
    arrive();
    await settled();
    expect(controller.state.waiting).toBe(false);
    expect(await shown(controller)).not.toEqual(first);
    expect(controller.state.session.answer.verdicts.every((verdict) => verdict === null)).toBe(true);
    expect(journal.events).toHaveLength(answers);
  });

  it('keeps a blind answer apart: saved blind, then revealed, then on with Enter and no second event', async () => {
    const journal = new Journal();
    const controller = controllerOn(journal, memoryStorage(), blindly);
    controller.next();
    const first = await shown(controller);
    expect(isShownBlind(controller)).toBe(true);
    press(controller, 'm', 'a', 'Enter');
    expect(await shown(controller)).toEqual(first);
    await settled();
    expect(isShownBlind(controller)).toBe(false);
    press(controller, 'Enter');
    expect(await shown(controller)).not.toEqual(first);
    expect(isShownBlind(controller)).toBe(true);
    await sent(controller);
    expect(journal.events).toHaveLength(1);
    expect(journal.events[0]).toMatchObject({ blind: true, seen: { model: null, scores: null } });
  });

  it('leases nothing while the expert only looks, and with the first mark the chamber on display', async () => {
    const asked: string[] = [];
    class Watched extends Journal {
      override async next(query: QueueNext) {
        asked.push('next');
        return super.next(query);
      }
      override async lease(chamber: QueueLease) {
        asked.push(`lease ${chamber.sector}`);
        return super.lease(chamber);
      }
    }
    const controller = controllerOn(new Watched());
    controller.next();
    const first = await shown(controller);
    press(controller, '?', 'v', 'n');
    await settled();
    expect(asked).toEqual([]);
    press(controller, '9', 'a');
    await settled();
    expect(asked).toEqual([`lease ${first.sector}`, 'next']);
    expect(controller.state.session).toMatchObject({ hold: 'held', task: { lease: 'lease-1' } });
  });

  it('says who labels a chamber that another expert took meanwhile, takes no answer to it, and offers the next', async () => {
    const journal = new Journal();
    journal.lease = async () => {
      await journal.next({});
      throw new Problem('conflict', 'bo is labelling this chamber', { id: 'lease-lost' });
    };
    for (const key of ['Enter', 's']) {
      const controller = controllerOn(journal);
      controller.next();
      const first = await shown(controller);
      press(controller, '9');
      await settled();
      expect(controller.state.session.notice).toBe(
        'Not yours: bo is labelling this chamber. Enter shows the next one.',
      );
      press(controller, 'a', key);
      await settled();
      expect(await shown(controller)).not.toEqual(first);
      controller.close();
    }
    expect(journal.events).toEqual([]);
  });

  it('shows a random draw blind to everybody, until it is answered', async () => {
    const journal = new Journal();
    const waiting = journal.waiting.bind(journal);
    journal.waiting = async (query) =>
      (await waiting(query)).map((each) => ({ ...each, reason: { ...each.reason, audit: true } }));
    const whole: number[] = [];
    const chamber = journal.chamber.bind(journal);
    journal.hits = async (of) => {
      const { params, matrix } = await chamber(of);
      return { params, matrix };
    };
    journal.chamber = async (of) => {
      if (of.sector === 1) whole.push(of.sector);
      return chamber(of);
    };
    const controller = controllerOn(journal);
    controller.next();
    await shown(controller);
    press(controller, 'r', 'm');
    await settled();
    expect([isShownBlind(controller), whole]).toEqual([true, []]);
    expect(controller.state.session.answer.verdicts.every((verdict) => verdict === null)).toBe(true);
    press(controller, 'a', 'Enter');
    await settled();
    expect([isShownBlind(controller), whole.length]).toEqual([false, 1]);
    expect(journal.events[0]).toMatchObject({ blind: true });
  });

  it('shows again what was left unanswered for a chamber of one’s own choice, then goes on', async () => {
    const controller = controllerOn(new Journal());
    controller.next();
    const first = await shown(controller);
    press(controller, 'a');
    await settled();
    await controller.open(place({ run: 9, ...allChambers[40]! }));
    expect(await shown(controller)).toMatchObject({ run: 9 });
    controller.next();
    expect(await shown(controller)).toEqual(first);
    expect(controller.state.session.hold).toBe('held');
  });

  it('shows both versions of a conflict and lets the expert decide', async () => {
    const journal = new Journal();
    const theirs = { version: 3, label: null };
    const refuse = async () => {
      const conflict = { yours: { baseVersion: 0, verdicts: [] }, current: theirs };
      throw new Problem('conflict', 'labelled meanwhile', {
        status: 409,
        body: { error: { id: 'conflict', message: 'labelled meanwhile', conflict } },
      });
    };
    const label = journal.label.bind(journal);
    journal.label = refuse;
    const controller = controllerOn(journal);
    controller.next();
    await shown(controller);
    press(controller, 'a', 'Enter');
    await sent(controller);
    const [rejected] = controller.state.outbox.rejected;
    expect(rejected).toMatchObject({ state: 'conflict', conflict: { current: theirs } });
    journal.label = label;
    if (rejected) controller.outbox.resolve(rejected, 'mine', `again-${Math.random()}`);
    await sent(controller);
    expect(journal.events[0]).toMatchObject({ kind: 'label', baseVersion: 3 });
    expect(controller.state.outbox.rejected).toEqual([]);
  });

  it('asks for a chamber again by itself while the monitor is away, waiting longer each time', async () => {
    const delays: number[] = [];
    const clock = {
      ...immediateClock,
      schedule: (delay: number, callback: () => void) => {
        delays.push(delay);
        return immediateClock.schedule(delay, callback);
      },
    };
    let failures = 4;
    class Away extends Journal {
      override async waiting(query: QueueNext) {
        failures -= 1;
        if (failures >= 0) throw new Problem('unavailable', 'starting');
        return super.waiting(query);
      }
    }
    const controller = controllerOn(new Away(), memoryStorage(), { clock });
    controller.next();
    for (let turn = 0; turn < 100 && !controller.state.session.task; turn += 1) await turnOfLoop();
    expect(controller.state).toMatchObject({ problem: null, waiting: false });
    // 120 ms doubled each time; the jitter of the clock is 0.5, which leaves three quarters.
    expect(delays).toEqual([90, 180, 360, 720]);
  });

  it('tells what an administrator has to mend, and does not go on asking', async () => {
    let requests = 0;
    class Locked extends Journal {
      override async waiting(): Promise<never> {
        requests += 1;
        throw new Problem('unauthorised', 'bad token');
      }
    }
    const controller = controllerOn(new Locked());
    controller.next();
    for (let turn = 0; turn < 20; turn += 1) await turnOfLoop();
    expect(controller.state).toMatchObject({ problem: { kind: 'unauthorised' }, waiting: false });
    const before = requests;
    for (let turn = 0; turn < 20; turn += 1) await turnOfLoop();
    expect(requests).toBe(before);
  });

  it('opens the chamber that was asked for last, and keeps what is shown when that fails', async () => {
    class Gone extends Journal {
      override async chamber(chamber: ChamberOfRun) {
        if (chamber.run === 404) throw new Problem('not-found', 'no such run');
        if (chamber.sector === 3) for (let turn = 0; turn < 10; turn += 1) await turnOfLoop();
        return super.chamber(chamber);
      }
    }
    const [first, second, third] = allChambers.map((id) => ({ run: 5, ...id }));
    if (!first || !second || !third) throw new Error('no chambers');
    const controller = controllerOn(new Gone());
    await Promise.all([controller.open(place(third)), controller.open(place(second))]);
    for (let turn = 0; turn < 20; turn += 1) await turnOfLoop();
    expect(await shown(controller)).toEqual(second);
    expect(controller.state.session.task).toMatchObject({ reason: null, lease: null });
    const { task } = controller.state.session;
    await controller.open(place(second));
    expect(controller.state.session.task).toBe(task);
    await controller.open(place({ ...first, run: 404 }));
    expect(controller.state).toMatchObject({ waiting: false, problem: { kind: 'not-found' } });
    expect(controller.state.session.task).toBe(task);
    await controller.open(place(first));
    expect(controller.state).toMatchObject({ problem: null, session: { task: { chamber: first } } });
  });

  it('takes no answer that the browser cannot store, and says so', async () => {
    const storage = memoryStorage();
    const journal = new Journal();
    const controller = controllerOn(journal, storage);
    controller.next();
    const first = await shown(controller);
    storage.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    for (const keys of [['a', 'Enter'], ['s']]) {
      press(controller, ...keys);
      expect(await shown(controller)).toEqual(first);
      expect(controller.state.session.notice).toContain('storage is full');
    }
    expect(controller.state.session).toMatchObject({ steps: [], saved: null });
    expect(journal.events).toEqual([]);
  });

  it('opens note, fault kind and keys, closes them, and doubts and reveals, each by its key', async () => {
    const controller = controllerOn(new Journal(), memoryStorage(), blindly);
    controller.next();
    await shown(controller);
    for (const [key, dialog] of [
      ['n', 'note'],
      ['f', 'fault'],
      ['?', 'help'],
    ] as const) {
      press(controller, key);
      expect(controller.state.session.dialog).toBe(dialog);
    }
    controller.dismissDialog();
    expect(controller.state.session.dialog).toBeNull();
    controller.act({ type: 'doubt', layer: 9 });
    expect(controller.state.session.answer.verdicts[8]).toBe('not-sure');
    const before = controller.state.session;
    press(controller, 'v');
    expect(controller.state.session).toBe(before);
    press(controller, 'r');
    await settled();
    expect(isShownBlind(controller)).toBe(false);
  });

  it('does nothing with keys while there is no chamber, nor when there is nothing to undo', async () => {
    const controller = controllerOn(new Journal());
    press(controller, 'a', 'Enter', 's', 'u');
    expect(controller.state.session).toMatchObject({
      task: null,
      steps: [],
      notice: 'Nothing left to undo.',
    });
    expect(controller.state.outbox.pending).toBe(0);
    controller.next();
    press(controller, 'u');
    expect(controller.state.waiting).toBe(true);
    const first = await shown(controller);
    press(controller, 's', 'u');
    expect(await shown(controller)).toEqual(first);
    expect(controller.state.session.notice).toContain('the skip');
  });

  /** Every chamber has a label that says it is good. */
  class Labelled extends Journal {
    readonly #mine: boolean;
    constructor(mine: boolean) {
      super();
      this.#mine = mine;
    }
    override async history() {
      const verdicts = Array.from({ length: 12 }, () => 'good' as const);
      const current = { verdicts, note: '', marks: [] } as Partial<LabelEvent> as LabelEvent;
      return { version: 1, current, mine: this.#mine, events: [], spans: [] };
    }
  }

  it('shows a chamber that has a label in full, also to those who answer blind first', async () => {
    const controller = controllerOn(new Labelled(false), memoryStorage(), blindly);
    controller.next();
    await shown(controller);
    expect(isShownBlind(controller)).toBe(false);
  });

  it('stores one’s own label once, says so, and goes on; what changed or is another’s is stored', async () => {
    const journal = new Labelled(true);
    const controller = controllerOn(journal);
    controller.next();
    const first = await shown(controller);
    press(controller, 'Enter');
    expect(controller.state.session.notice).toMatch(/^Already so: /);
    expect(await shown(controller)).toEqual(first);
    press(controller, 'Enter');
    expect(await shown(controller)).not.toEqual(first);
    press(controller, '9', '9', 'Enter', 'Enter');
    await sent(controller);
    expect(journal.events).toEqual([]);
    await shown(controller);
    press(controller, '9', 'Enter');
    await sent(controller);
    expect(journal.events).toHaveLength(1);

    const others = new Labelled(false);
    const second = controllerOn(others);
    second.next();
    await shown(second);
    press(second, 'Enter');
    await sent(second);
    expect(others.events).toHaveLength(1);
  });

  it('asks for a second opinion without showing the first, and stores it though it says the same', async () => {
    class Doubted extends Labelled {
      override async secondOpinions(): Promise<SecondOpinion[]> {
        const asked = { run: 7, reason: 'A second opinion.', labels: [] };
        return [0, 1, 2].map((index) => ({ ...asked, ...allChambers[index]!, isAsked: index !== 1 }));
      }
    }
    const journal = new Doubted(true);
    const prefetch = { ...blindly.prefetch, secondOpinions: true };
    const controller = controllerOn(journal, memoryStorage(), { prefetch });
    controller.next();
    expect(await shown(controller)).toEqual({ run: 7, ...allChambers[0]! });
    expect(isShownBlind(controller)).toBe(true);
    expect(controller.state.session.answer.verdicts).toEqual(Array.from({ length: 12 }, () => null));
    press(controller, 'a', 'Enter');
    await sent(controller);
    expect(journal.events).toMatchObject([{ blind: true, queueReason: 'A second opinion.' }]);
    await vi.waitFor(() => expect(isShownBlind(controller)).toBe(false));
    press(controller, 'Enter');
    await vi.waitFor(() => expect(controller.state.session.task?.chamber).toMatchObject(allChambers[2]!));
    press(controller, 'a', 'Enter');
    await vi.waitFor(() => expect(journal.events).toHaveLength(2));
    await vi.waitFor(() => expect(isShownBlind(controller)).toBe(false));
    press(controller, 'Enter');
    await vi.waitFor(() =>
      expect(controller.state).toMatchObject({ waiting: false, session: { task: null } }),
    );
  });

  it('drops an answer that was refused when the expert lets it go, and sends no other', async () => {
    const journal = new Journal();
    journal.label = async () => Promise.reject(new Problem('refused', 'no such layer'));
    const controller = controllerOn(journal);
    controller.next();
    await shown(controller);
    press(controller, 'a', 'Enter');
    await sent(controller);
    const [rejected] = controller.state.outbox.rejected;
    if (!rejected) throw new Error('nothing was rejected');
    controller.outbox.resolve(rejected, 'theirs', `again-${Math.random()}`);
    expect(controller.state.outbox).toMatchObject({ pending: 0, rejected: [] });
  });

  it('sends what the expert saw, said and took, and on which version it builds until the first answer', async () => {
    const journal = new Journal();
    let now = 1_000;
    const controller = controllerOn(journal, memoryStorage(), {
      clock: { ...immediateClock, now: () => now },
    });
    controller.next();
    const first = await shown(controller);
    now = 8_500;
    press(controller, 'a', '9');
    controller.setAnswer({ note: 'low', faultKind: 'dead-half', wires: { first: 3, last: 8 } });
    press(controller, 'Enter');
    await sent(controller);
    expect(journal.events[0]).toMatchObject({
      ...first,
      seconds: 7.5,
      note: 'low',
      marks: [{ layers: [9], kind: 'dead-half', wires: { first: 3, last: 8 } }],
      seen: { model: 'm@1', scores: Array(12).fill(0.1) },
      baseVersion: 0,
    });
    press(controller, 'u', 'b', 'Enter');
    await sent(controller);
    expect(journal.events.map(({ kind }) => kind)).toEqual(['label', 'undo', 'label']);
    expect(journal.events[2]).not.toHaveProperty('baseVersion');
  });

  it('builds on no version that it read before its own events, also of a chamber that an undo laid aside', async () => {
    const journal = new Journal();
    const controller = controllerOn(journal);
    controller.next();
    const first = await shown(controller);
    press(controller, 'a', 'Enter');
    const second = await shown(controller);
    press(controller, 's');
    await shown(controller);
    press(controller, 'u', 'u');
    expect(await shown(controller)).toEqual(first);
    await sent(controller);
    await controller.open(place(second));
    expect(await shown(controller)).toEqual(second);
    press(controller, 'a', 'Enter');
    await sent(controller);
    expect(journal.events.at(-1)).toMatchObject({ kind: 'label', ...second });
    expect(journal.events.at(-1)).not.toHaveProperty('baseVersion');
  });

  it('gives back what nobody will look at when it is closed, and tells nobody any more', async () => {
    const released: string[] = [];
    class Releasing extends Journal {
      override async release(lease?: string) {
        if (lease) released.push(lease);
      }
    }
    const controller = controllerOn(new Releasing());
    let changes = 0;
    const stop = controller.subscribe(() => (changes += 1));
    controller.next();
    await shown(controller);
    press(controller, 'a');
    await settled();
    expect(changes).toBeGreaterThan(0);
    const before = changes;
    stop();
    controller.subscribe(() => (changes += 1));
    controller.close();
    press(controller, 'b');
    expect(changes).toBe(before);
    expect(released).toEqual(['lease-1', 'lease-2', 'lease-3']);
  });

  it('ends with exactly what was said and not undone, over dropped lines and reloads', async () => {
    const deed = fc.constantFrom('label', 'skip', 'undo', 'reload');
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { maxLength: 30 }),
        fc.infiniteStream(fc.nat(99)),
        async (deeds, luck) => {
          const journal = new Journal();
          journal.drop = () => (luck.next().value ?? 0) < 30;
          const storage = memoryStorage();
          let controller = controllerOn(journal, storage);
          controller.next();
          await shown(controller);
          let standing: string[] = [];
          for (const act of deeds) {
            if (act === 'reload') {
              // The steps of undo live in the page, so a reload ends them; what was said before stands.
              controller.close();
              controller = controllerOn(journal, storage);
              controller.next();
            }
            const chamber = await shown(controller);
            if (act === 'label') press(controller, 'a', 'Enter');
            if (act === 'skip') press(controller, 's');
            if (act === 'label' || act === 'skip')
              standing = [...standing, `${act} ${JSON.stringify(chamber)}`];
            if (act === 'undo' && controller.state.session.steps.length) {
              press(controller, 'u');
              standing = standing.slice(0, -1);
            }
          }
          await sent(controller);
          expect(new OutboxStore(storage).load()).toEqual([]);
          const stored = journal.inForce.map(({ kind, run, wheel, station, sector }) => {
            return `${kind} ${JSON.stringify({ run, wheel, station, sector })}`;
          });
          expect(stored.sort()).toEqual(standing.sort());
        },
      ),
      { numRuns: 60 },
    );
  });
});

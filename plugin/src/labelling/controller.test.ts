import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChamberOfRun, allChambers } from '@dtdqm/contract';
import { Problem } from '../api/problem.ts';
import { intentOf } from './keys.ts';
import { Journal, controllerOn, memoryStorage, sent, shown } from './labelling.fixture.ts';
import { OutboxStore } from './outbox.ts';

const press = (controller: ReturnType<typeof controllerOn>, ...keys: string[]) => {
  for (const key of keys) {
    const code = /\d/.test(key) ? `Digit${key}` : '';
    const intent = intentOf({ key, code, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false });
    if (intent) controller.act(intent);
  }
};

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
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const before = controller.state.session.task;
    press(controller, 's');
    expect(controller.state.waiting).toBe(false);
    expect(controller.state.session.task).not.toBe(before);
  });

  it('keeps a chamber that could not be read at first, and leaves out one that has vanished', async () => {
    let reads = 0;
    class Rough extends Journal {
      override async chamber(chamber: ChamberOfRun) {
        reads += 1;
        if (reads === 1) throw new Problem('unreachable', 'connection reset');
        if (reads === 2) throw new Problem('not-found', 'no such chamber');
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

  it('stays with what an undo brought back when the next chamber arrives late', async () => {
    let arrive = () => {};
    const third = new Promise<void>((resolve) => (arrive = resolve));
    class Slow extends Journal {
      override async chamber(chamber: ChamberOfRun) {
        if (chamber.sector === 3) await third;
        return super.chamber(chamber);
      }
    }
    const controller = controllerOn(new Slow(), memoryStorage(), { prefetch: { ahead: 1, strategy: null } });
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

  it('keeps a blind answer apart: saved blind, then revealed, then on with Enter and no second event', async () => {
    const journal = new Journal();
    const controller = controllerOn(journal, memoryStorage(), { blindFirst: true });
    controller.next();
    const first = await shown(controller);
    expect(controller.state.session.revealed).toBe(false);
    press(controller, 'a', 'Enter');
    expect(await shown(controller)).toEqual(first);
    expect(controller.state.session.revealed).toBe(true);
    press(controller, 'Enter');
    expect(await shown(controller)).not.toEqual(first);
    expect(controller.state.session.revealed).toBe(false);
    await sent(controller);
    expect(journal.events).toHaveLength(1);
    expect(journal.events[0]).toMatchObject({ blind: true, seen: { model: null, scores: null } });
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
    if (rejected) controller.resolve(rejected, 'mine');
    await sent(controller);
    expect(journal.events[0]).toMatchObject({ kind: 'label', baseVersion: 3 });
    expect(controller.state.outbox.rejected).toEqual([]);
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

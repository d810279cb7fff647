import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabelEvent } from '@dtdqm/contract';
import { transaction } from '@dtdqm/worker/storage/database';
import { leaseChamber, renewLabelLease } from '@dtdqm/worker/storage/queue/leases';
import { deleteRun } from '@dtdqm/worker/storage/runs';
import { labelHistory, eventsOf } from '@dtdqm/worker/storage/labels/read';
import { skipChamber, unskipChamber, undoEvent } from '@dtdqm/worker/storage/labels/undo';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { createTestDatabase, somebodyWaits, type TestDatabase } from '../postgres/database.ts';
import { countEvents, labelOf, queueRuns, stateOf, verdictsOf } from './labelled.ts';

let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await queueRuns(it_.database, 1);
});
afterAll(() => it_.drop());

const key = (name: string) => `key-of-${name}`;

describe('a label', () => {
  it('is stored as it was given and takes the chamber out of the queue', async () => {
    const request = labelOf(1, 0, {
      verdicts: verdictsOf(1).with(8, 'bad'),
      marks: [{ layers: [9], kind: 'dead-half', wires: { first: 1, last: 24 } }],
      note: "it's <b>dead</b>",
      blind: true,
      seen: { model: 'test@1.0.0', scores: Array.from({ length: 12 }, () => 0.25), hits: 51_200 },
      queueReason: 'drawn',
      seconds: 2.5,
      baseVersion: 0,
    });
    const event = await writeLabel(it_.database, 'ana', request);
    const { idempotencyKey: _key, baseVersion: _base, ...given } = request;
    expect(event).toMatchObject({
      ...given,
      kind: 'label',
      by: 'ana',
      version: 1,
      source: 'panel',
      undoneBy: null,
    });
    expect(await labelHistory(it_.database, request)).toEqual({
      version: 1,
      current: event,
      events: [event],
    });
    expect(await stateOf(it_.database, request)).toBe('labelled');
  });

  it('sent ten times at once is one event and ten equal answers', async () => {
    const request = labelOf(1, 1, { baseVersion: 0 });
    const before = await countEvents(it_.database);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => writeLabel(it_.database, 'ana', structuredClone(request))),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await countEvents(it_.database)).toBe(before + 1);
    expect(await writeLabel(it_.database, 'ana', request)).toEqual(answers[0]);
  });

  it('cannot use the key of another answer, but another expert can', async () => {
    const request = labelOf(1, 2);
    await writeLabel(it_.database, 'ana', request);
    await expect(writeLabel(it_.database, 'ana', { ...request, note: 'other' })).rejects.toMatchObject({
      id: 'idempotency-key-reused',
    });
    expect(await writeLabel(it_.database, 'bo', request)).toMatchObject({ by: 'bo', version: 2 });
  });

  it('built on a stale version is refused with both versions, and nothing is stored', async () => {
    const first = labelOf(1, 3, { verdicts: verdictsOf(1, 'bad'), baseVersion: 0 });
    const event = await writeLabel(it_.database, 'ana', first);
    const late = labelOf(1, 3, { baseVersion: 0 });
    await expect(writeLabel(it_.database, 'bo', late)).rejects.toMatchObject({
      id: 'conflict',
      conflict: { yours: { baseVersion: 0, verdicts: late.verdicts }, current: { version: 1, label: event } },
    });
    await expect(writeLabel(it_.database, 'bo', { ...late, baseVersion: 7 })).rejects.toMatchObject({
      id: 'conflict',
    });
    expect((await labelHistory(it_.database, late)).events).toHaveLength(1);
    expect(await writeLabel(it_.database, 'bo', { ...late, baseVersion: 1 })).toMatchObject({ version: 2 });
  });

  it('of twenty experts at once on one chamber: all are kept, versions without gap', async () => {
    const experts = Array.from({ length: 20 }, (_, index) => `expert ${index}`);
    await Promise.all(experts.map((expert) => writeLabel(it_.database, expert, labelOf(1, 4))));
    const { events } = await labelHistory(it_.database, labelOf(1, 4));
    expect(events.map(({ version }) => version)).toEqual(experts.map((_, index) => index + 1));
    expect(new Set(events.map(({ by }) => by)).size).toBe(20);
  });

  it('of twenty experts at once on the same version: one wins, nineteen conflicts', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        writeLabel(it_.database, `e${index}`, labelOf(1, 5, { baseVersion: 0 })),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('cannot be changed or deleted in the database', async () => {
    await expect(it_.database.query(`update label_event set note = 'x'`)).rejects.toThrow(/append-only/);
    await expect(it_.database.query('delete from label_event')).rejects.toThrow(/append-only/);
    await expect(it_.database.query('truncate label_event')).rejects.toThrow(/append-only/);
  });

  it('that is refused, or was stored before, moves nothing in the queue', async () => {
    const request = labelOf(1, 8);
    const { id } = await writeLabel(it_.database, 'ana', request);
    await undoEvent(it_.database, 'ana', { event: id, idempotencyKey: key('undo-of-8') });
    const lease = await leaseChamber(it_.database, 'bo', request);
    await expect(writeLabel(it_.database, 'ana', labelOf(1, 8, { baseVersion: 1 }))).rejects.toMatchObject({
      id: 'conflict',
    });
    expect(await writeLabel(it_.database, 'ana', request)).toMatchObject({ id });
    expect(await stateOf(it_.database, request)).toBe('leased');
    expect(await renewLabelLease(it_.database, 'bo', lease!.id)).toMatchObject({ by: 'bo' });
  });

  it('outlives its run', async () => {
    await queueRuns(it_.database, 2);
    const request = labelOf(2, 7);
    await writeLabel(it_.database, 'ana', request);
    await skipChamber(it_.database, 'ana', { ...labelOf(2, 9), idempotencyKey: key('skip-of-2') });
    await deleteRun(it_.database, 2);
    expect(await stateOf(it_.database, request)).toBeNull();
    await queueRuns(it_.database, 2);
    expect(await stateOf(it_.database, request)).toBe('labelled');
    expect(await stateOf(it_.database, labelOf(2, 9))).toBe('skipped');
    for (const beside of [6, 8, 10]) expect(await stateOf(it_.database, labelOf(2, beside))).toBe('waiting');
    expect((await labelHistory(it_.database, request)).current).toMatchObject({ by: 'ana' });
  });
});

describe('undo', () => {
  it('brings back what stood before, as an event of its own', async () => {
    const first = await writeLabel(it_.database, 'ana', labelOf(1, 20, { verdicts: verdictsOf(1, 'bad') }));
    const second = await writeLabel(it_.database, 'ana', labelOf(1, 20));
    const undo = await undoEvent(it_.database, 'ana', { event: second.id, idempotencyKey: key('undo-1') });
    expect(undo).toMatchObject({ kind: 'undo', undoes: second.id, version: 3, verdicts: null });
    const after = await labelHistory(it_.database, labelOf(1, 20));
    expect(after.current?.id).toBe(first.id);
    expect(after.events.map(({ undoneBy }) => undoneBy)).toEqual([null, undo.id, null]);
    expect(await stateOf(it_.database, labelOf(1, 20))).toBe('labelled');
    await undoEvent(it_.database, 'ana', { event: first.id, idempotencyKey: key('undo-2') });
    expect((await labelHistory(it_.database, labelOf(1, 20))).current).toBeNull();
    expect(await stateOf(it_.database, labelOf(1, 20))).toBe('waiting');
  });

  it('sent ten times at once is one event and ten equal answers', async () => {
    const { id } = await writeLabel(it_.database, 'ana', labelOf(1, 21));
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        undoEvent(it_.database, 'ana', { event: id, idempotencyKey: key('undo-3') }),
      ),
    );
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
  });

  it('happens once, is nobody else’s, and needs something to undo', async () => {
    const { id } = await writeLabel(it_.database, 'ana', labelOf(1, 22));
    const undo = (expert: string, event: string, name: string, options?: { everyones: boolean }) =>
      undoEvent(it_.database, expert, { event, idempotencyKey: key(name) }, options);
    await expect(undo('bo', id, 'u4')).rejects.toMatchObject({ id: 'not-yours' });
    await expect(undo('bo', '999999', 'u5')).rejects.toMatchObject({ id: 'not-found' });
    const done = await undo('bo', id, 'u6', { everyones: true });
    await expect(undo('ana', id, 'u7')).rejects.toMatchObject({ id: 'already-undone' });
    await expect(undo('bo', done.id, 'u8')).rejects.toMatchObject({ id: 'already-undone' });
  });

  it('against a label written at the same moment ends in a state that the journal tells', async () => {
    for (let round = 0; round < 10; round += 1) {
      const request = labelOf(1, 40 + round);
      const { id } = await writeLabel(it_.database, 'ana', request);
      await Promise.all([
        undoEvent(it_.database, 'ana', { event: id, idempotencyKey: key(`race-${round}`) }),
        writeLabel(it_.database, 'bo', labelOf(1, 40 + round)),
      ]);
      expect(await stateOf(it_.database, request)).toBe('labelled');
      expect((await labelHistory(it_.database, request)).current?.by).toBe('bo');
    }
  });
});

/** In the order in which all lock them, or two of them would end each other. */
describe('what is locked', () => {
  const placeOf = (index: number) => {
    const { run, wheel, station, sector } = labelOf(1, index);
    return [run, wheel, station, sector];
  };
  const locked =
    'select from queue where run = $1 and wheel = $2 and station = $3 and sector = $4 for update';
  const undoOf = async (index: number) => {
    const { id } = await writeLabel(it_.database, 'ana', labelOf(1, index));
    return () => undoEvent(it_.database, 'ana', { event: id, idempotencyKey: key(`undo of ${index}`) });
  };

  it('by a label is first its place in the queue', async () => {
    let written: Promise<LabelEvent> | undefined;
    await transaction(it_.database, async (client) => {
      await client.query(locked, placeOf(80));
      written = writeLabel(it_.database, 'bo', labelOf(1, 80));
      await somebodyWaits(it_.database);
      await writeLabel(client, 'ana', labelOf(1, 80));
    });
    expect(await written).toMatchObject({ by: 'bo', version: 2 });
  });

  it('by an undo is its place in the queue, so that it sees a label that is just being written', async () => {
    const undo = await undoOf(81);
    let undone: Promise<LabelEvent> | undefined;
    await transaction(it_.database, async (client) => {
      await writeLabel(client, 'bo', labelOf(1, 81));
      undone = undo();
      await somebodyWaits(it_.database);
    });
    expect(await undone).toMatchObject({ version: 3 });
    expect(await stateOf(it_.database, labelOf(1, 81))).toBe('labelled');
  });

  it('by an undo is first the journal, as an import does', async () => {
    const undo = await undoOf(82);
    let undone: Promise<LabelEvent> | undefined;
    await transaction(it_.database, async (client) => {
      await client.query('lock table label_event in share row exclusive mode');
      undone = undo();
      await somebodyWaits(it_.database);
      await client.query(`${locked} nowait`, placeOf(82));
    });
    expect(await undone).toMatchObject({ kind: 'undo' });
  });
});

describe('a skip', () => {
  it('takes the chamber out of the queue until it is taken back', async () => {
    const { verdicts: _verdicts, ...chamber } = labelOf(1, 30);
    const skip = await skipChamber(it_.database, 'ana', { ...chamber, idempotencyKey: key('skip-1') });
    expect(skip).toMatchObject({ kind: 'skip', verdicts: null });
    expect(await stateOf(it_.database, chamber)).toBe('skipped');
    const unskip = () => unskipChamber(it_.database, 'bo', { ...chamber, idempotencyKey: key('unskip-1') });
    const [answer, again] = await Promise.all([unskip(), unskip()]);
    expect(answer).toMatchObject({ kind: 'undo', undoes: skip.id });
    expect(again.id).toBe(answer.id);
    expect(await stateOf(it_.database, chamber)).toBe('waiting');
    await expect(
      unskipChamber(it_.database, 'bo', { ...chamber, idempotencyKey: key('unskip-2') }),
    ).rejects.toMatchObject({ id: 'not-found' });
  });

  it('does not hide a label, and comes back when the label is undone', async () => {
    const request = labelOf(1, 31);
    await skipChamber(it_.database, 'ana', { ...request, idempotencyKey: key('skip-2') });
    const { id } = await writeLabel(it_.database, 'bo', request);
    expect(await stateOf(it_.database, request)).toBe('labelled');
    await skipChamber(it_.database, 'cy', { ...request, idempotencyKey: key('skip-3') });
    expect(await stateOf(it_.database, request)).toBe('labelled');
    await undoEvent(it_.database, 'bo', { event: id, idempotencyKey: key('undo-9') });
    expect(await stateOf(it_.database, request)).toBe('skipped');
  });
});

describe('the events of one expert', () => {
  it('come newest first, page by page, without gap or repeat', async () => {
    const written: string[] = [];
    for (let index = 60; index < 67; index += 1) {
      written.push((await writeLabel(it_.database, 'pat', labelOf(1, index))).id);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof eventsOf>> = await eventsOf(it_.database, {
        expert: 'pat',
        limit: 3,
        cursor,
      });
      seen.push(...page.events.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(written.reverse());
  });
});

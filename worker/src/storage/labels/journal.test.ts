import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../../test/postgres/database.ts';
import { labelOf, queueRuns, stateOf, verdictsOf } from '../../../../test/labels/labelled.ts';
import { syntheticRun } from '../../../../test/postgres/syntheticRun.ts';
import { saveRunResult } from '../results.ts';
import { findRepeated, LabelConflictError, requestHash, writeLabel } from './journal.ts';
import { currentLabel, labelledChambers, sharedOpinions } from './read.ts';
import { skipChamber, undoEvent, unskipChamber } from './undo.ts';

let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await queueRuns(it_.database, 1, 2, 3);
});
afterAll(() => it_.drop());

const placeOf = (run: number, index: number) => {
  const { wheel, station, sector } = labelOf(run, index);
  return { run, wheel, station, sector };
};

describe('the hash of a request', () => {
  it('is the same in whatever order its fields come, and without those that are not set', () => {
    const hash = requestHash({ a: 1, b: { c: [1, null], d: 'x' } });
    expect(requestHash({ b: { d: 'x', c: [1, null] }, a: 1 })).toBe(hash);
    expect(requestHash({ a: 1, b: { c: [1, null], d: 'x', e: undefined }, f: undefined })).toBe(hash);
  });

  it.each([
    [{ a: 1, b: { c: [null, 1], d: 'x' } }],
    [{ a: 1, b: { c: [1, null], d: 'y' } }],
    [{ a: 1, b: { c: [1, null] }, d: 'x' }],
    [{ a: '1', b: { c: [1, null], d: 'x' } }],
    [{ a: 1, b: { c: { 0: 1, 1: null }, d: 'x' } }],
    [{ a: null, b: { c: [1, null], d: 'x' } }],
    [[{ a: 1 }]],
    [null],
  ])('is another one for %j', (other) => {
    expect(requestHash(other)).not.toBe(requestHash({ a: 1, b: { c: [1, null], d: 'x' } }));
  });
});

describe('an answer', () => {
  it('is found again by its key, and only by the expert who gave it', async () => {
    const request = labelOf(1, 0);
    const { idempotencyKey, ...asked } = request;
    const event = await writeLabel(it_.database, 'ana', request, 'original');
    expect(event.source).toBe('original');
    expect(await findRepeated(it_.database, 'ana', idempotencyKey, requestHash(asked))).toEqual(event);
    expect(await findRepeated(it_.database, 'bo', idempotencyKey, requestHash(asked))).toBeNull();
    await expect(findRepeated(it_.database, 'ana', idempotencyKey, 'another')).rejects.toMatchObject({
      id: 'idempotency-key-reused',
      message: expect.stringContaining('make a new key') as string,
    });
  });

  it('on a stale version is told what was sent and what stands', async () => {
    const first = await writeLabel(it_.database, 'ana', labelOf(1, 1));
    const verdicts = verdictsOf(placeOf(1, 1).station, 'bad');
    const late = writeLabel(it_.database, 'bo', labelOf(1, 1, { verdicts, baseVersion: 0 }));
    await expect(late).rejects.toBeInstanceOf(LabelConflictError);
    await expect(late).rejects.toMatchObject({
      name: 'LabelConflictError',
      id: 'conflict',
      message: expect.stringMatching(/at version 1 by now, your answer builds on version 0/) as string,
      conflict: { yours: { baseVersion: 0, verdicts }, current: { version: 1, label: first } },
    });
  });
});

describe('taking back', () => {
  it('of what others said is for admins', async () => {
    const event = await writeLabel(it_.database, 'ana', labelOf(1, 2));
    const undo = (key: string, everyones: boolean) =>
      undoEvent(it_.database, 'bo', { event: event.id, idempotencyKey: key }, { everyones });
    await expect(undo('undo-others', false)).rejects.toMatchObject({
      id: 'not-yours',
      message: `event ${event.id} was made by ana`,
    });
    const undone = await undo('undo-others', true);
    expect(undone).toMatchObject({ kind: 'undo', by: 'bo', undoes: event.id, verdicts: null, version: 2 });
    expect(await stateOf(it_.database, placeOf(1, 2))).toBe('waiting');
    await expect(
      undoEvent(it_.database, 'bo', { event: undone.id, idempotencyKey: 'undo-the-undo' }),
    ).rejects.toMatchObject({
      id: 'already-undone',
      message: expect.stringContaining('label anew') as string,
    });
    await expect(
      undoEvent(it_.database, 'bo', { event: '999999', idempotencyKey: 'undo-nothing' }),
    ).rejects.toMatchObject({ id: 'not-found', message: 'there is no event 999999' });
  });

  it('of a skip under a label leaves the chamber labelled, of the label leaves it skipped', async () => {
    const place = placeOf(1, 3);
    await skipChamber(it_.database, 'ana', { ...place, idempotencyKey: 'skip-a', note: 'later' });
    const label = await writeLabel(it_.database, 'ana', labelOf(1, 3));
    await undoEvent(it_.database, 'ana', { event: label.id, idempotencyKey: 'undo-label' });
    expect(await stateOf(it_.database, place)).toBe('skipped');
    await writeLabel(it_.database, 'ana', labelOf(1, 3));
    await unskipChamber(it_.database, 'bo', { ...place, idempotencyKey: 'unskip-a' });
    expect(await stateOf(it_.database, place)).toBe('labelled');
    await expect(
      unskipChamber(it_.database, 'bo', { ...place, idempotencyKey: 'unskip-b' }),
    ).rejects.toMatchObject({ id: 'not-found', message: 'the chamber is not skipped' });
  });

  it('of a skip sent many times at once is one event and equal answers', async () => {
    const place = placeOf(1, 4);
    await skipChamber(it_.database, 'ana', { ...place, idempotencyKey: 'skip-c' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        unskipChamber(it_.database, 'ana', { ...place, idempotencyKey: 'unskip-c' }),
      ),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await stateOf(it_.database, place)).toBe('waiting');
  });
});

describe('what learning reads', () => {
  it('is the labels in force by run, the newest first to count', async () => {
    for (const run of [2, 3]) await writeLabel(it_.database, 'ana', labelOf(run, 7, { note: `of ${run}` }));
    const undone = await writeLabel(it_.database, 'ana', labelOf(2, 8));
    await undoEvent(it_.database, 'ana', { event: undone.id, idempotencyKey: 'undo-learnt' });
    const runsOf = async (limit: number) =>
      (await labelledChambers(it_.database, limit)).map(({ run }) => run).filter((run) => run > 1);
    expect(await runsOf(100)).toEqual([2, 3]);
    expect(await runsOf(1)).toEqual([3]);
    const learnt = (await labelledChambers(it_.database, 100)).find(({ run }) => run === 2);
    const { run, ...chamber } = placeOf(2, 7);
    expect(learnt).toMatchObject({ run, chamber, verdicts: verdictsOf(chamber.station), marks: [] });
    expect(learnt?.matrix).toHaveLength(12);
    // Said twice, by a second expert or again by the same one, is confirmed; once is not.
    expect(learnt?.confirmed).not.toContain(true);
    await writeLabel(it_.database, 'ana', labelOf(2, 7));
    const again = (await labelledChambers(it_.database, 100)).find((each) => each.run === 2);
    expect(again?.confirmed).not.toContain(false);
  });

  it('leaves out chambers whose matrix is gone since, though their labels stay', async () => {
    await queueRuns(it_.database, 4);
    await writeLabel(it_.database, 'ana', labelOf(4, 7));
    const { run, ...chamber } = placeOf(4, 7);
    const absent = { ...chamber, state: 'absent', reason: 'no such plot' } as const;
    await saveRunResult(it_.database, syntheticRun(run, { chambers: [absent] }));
    const learnt = await labelledChambers(it_.database, 100);
    expect(learnt.filter((each) => each.run === run)).toEqual([]);
    expect((await currentLabel(it_.database, placeOf(4, 7))).version).toBe(1);
  });

  it('is what two experts or more said of one chamber, each with the last word', async () => {
    const place = placeOf(3, 9);
    const bad = verdictsOf(place.station, 'bad');
    await writeLabel(it_.database, 'ana', labelOf(3, 9));
    await writeLabel(it_.database, 'ana', labelOf(3, 9, { verdicts: bad }));
    await writeLabel(it_.database, 'bo', labelOf(3, 9));
    const chamber = [place.run, place.wheel, place.station, place.sector].join('/');
    const shared = (await sharedOpinions(it_.database)).sort((a, b) => (a.by < b.by ? -1 : 1));
    expect(shared).toEqual([
      { by: 'ana', chamber, verdicts: bad },
      { by: 'bo', chamber, verdicts: verdictsOf(place.station) },
    ]);
    expect(await sharedOpinions(it_.database, 0)).toEqual([]);
    expect(await currentLabel(it_.database, place)).toMatchObject({ version: 3, label: { by: 'bo' } });
  });
});

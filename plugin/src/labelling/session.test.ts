import { describe, expect, it } from 'vitest';
import { layerNumbers, type ChamberId, type LabelEvent } from '@dtdqm/contract';
import { placeOfQuery, placeToQuery } from './address.ts';
import {
  emptySession,
  isBlind,
  marksOf,
  maxUndoSteps,
  sessionReducer,
  unsavedAnswer,
  whyNotReady,
  type Session,
  type SessionAction,
  type Task,
} from './session.ts';

const rows = layerNumbers.map(() => [5, 5]);

const taskOf = (chamber: ChamberId, current: Partial<LabelEvent> | null = null): Task => ({
  chamber: { run: 7, ...chamber },
  matrix: rows,
  data: {
    params: { run: 7, ...chamber },
    matrix: rows,
    scores: rows.map(() => 0.1),
    saliency: rows,
    verdicts: layerNumbers.map((layer) => (layer === 9 ? 'bad' : layer === 2 ? 'unknown' : 'good')),
  },
  audit: false,
  isSecondOpinion: false,
  reason: 'drawn at random',
  lease: 'lease-1',
  history: { version: 1, current: current as LabelEvent | null, mine: false, events: [], spans: [] },
});

const mb1 = taskOf({ wheel: 1, station: 1, sector: 2 });
const mb4 = taskOf({ wheel: 0, station: 4, sector: 14 });

const after = (session: Session, ...actions: SessionAction[]) => actions.reduce(sessionReducer, session);
const blind = (task: Task): Task => ({ ...task, data: null });
const showing = (task: Task | null) => after(emptySession, { type: 'show', task, now: 1_000 });
const verdictsOf = (session: Session) => session.answer.verdicts;

describe('showing a chamber', () => {
  it('begins with nothing said, and leaves the dialog, the notice and what was saved behind', () => {
    const before = after(
      showing(mb1),
      { type: 'all', verdict: 'good' },
      { type: 'done', kind: 'saved', key: 'key-a' },
      { type: 'dialog', dialog: 'note' },
      { type: 'notice', notice: 'something' },
    );
    const session = after(before, { type: 'show', task: mb4, now: 2_000 });
    expect(session).toMatchObject({
      task: mb4,
      saved: null,
      since: 2_000,
      dialog: null,
      notice: null,
      hold: 'held',
    });
    expect(verdictsOf(session)).toEqual(layerNumbers.map(() => null));
    expect(session.answer).toMatchObject({ note: '', faultKind: null, wires: null });
  });

  it('begins with the label in force, its note and its first mark', () => {
    const verdicts = layerNumbers.map((layer) => (layer === 9 ? ('bad' as const) : ('good' as const)));
    const wires = { first: 3, last: 8 };
    const label = {
      verdicts,
      note: 'low voltage',
      marks: [{ layers: [9], kind: 'dead-half' as const, wires }],
    };
    const session = showing(taskOf({ wheel: 1, station: 1, sector: 2 }, label));
    expect(session.answer).toEqual({ verdicts, note: 'low voltage', faultKind: 'dead-half', wires });
    const plain = showing(taskOf({ wheel: 1, station: 1, sector: 2 }, { ...label, marks: [] }));
    expect(plain.answer).toMatchObject({ faultKind: null, wires: null });
  });

  it('hides what could influence a blind answer until it is revealed', () => {
    const session = showing(blind(mb1));
    expect(isBlind(session)).toBe(true);
    expect(isBlind(after(session, { type: 'reveal', data: mb4.data! }))).toBe(true);
    expect(isBlind(after(session, { type: 'reveal', data: mb1.data! }))).toBe(false);
  });
});

describe('answers', () => {
  it('turns a layer over: bad, then good, then bad again', () => {
    const toggle = { type: 'toggle', layer: 9 } as const;
    const verdicts = [1, 2, 3].map(
      (times) => verdictsOf(after(showing(mb1), ...Array(times).fill(toggle)))[8],
    );
    expect(verdicts).toEqual(['bad', 'good', 'bad']);
  });

  it('says not sure of a layer, and takes that back', () => {
    const doubt = { type: 'doubt', layer: 9 } as const;
    expect(verdictsOf(after(showing(mb1), doubt))[8]).toBe('not-sure');
    expect(verdictsOf(after(showing(mb1), doubt, doubt))[8]).toBeNull();
    expect(verdictsOf(after(showing(mb1), { type: 'toggle', layer: 9 }, doubt))[8]).toBe('not-sure');
  });

  it('leaves out layers that MB4 does not have, and is then complete', () => {
    const session = after(showing(mb4), { type: 'all', verdict: 'bad' });
    expect(verdictsOf(session).map((verdict) => verdict ?? '-')).toEqual([
      ...['bad', 'bad', 'bad', 'bad'],
      ...['-', '-', '-', '-'],
      ...['bad', 'bad', 'bad', 'bad'],
    ]);
    expect(whyNotReady(session)).toBeNull();
  });

  it('does not take a layer that was never built for a change of what was saved', () => {
    const saved = after(
      showing(mb4),
      { type: 'all', verdict: 'good' },
      { type: 'done', kind: 'saved', key: 'key-a' },
      { type: 'notice', notice: 'something' },
    );
    const session = after(saved, { type: 'toggle', layer: 6 });
    expect(session.answer).toBe(session.saved);
    expect(session.notice).toBeNull();
    expect(after(saved, { type: 'toggle', layer: 4 }).answer).not.toBe(saved.saved);
  });

  it('names the layers without a verdict', () => {
    expect(whyNotReady(emptySession)).toBe('There is no chamber to label.');
    const all = after(showing(mb1), { type: 'all', verdict: 'good' });
    const one = after(all, { type: 'doubt', layer: 3 }, { type: 'doubt', layer: 3 });
    expect(whyNotReady(one)).toBe('No verdict yet for layer 3. Press a for all good, b for all bad.');
    const two = after(one, { type: 'doubt', layer: 12 }, { type: 'doubt', layer: 12 });
    expect(whyNotReady(two)).toContain('for layers 3, 12.');
  });

  it('needs a chamber', () => {
    const session = showing(null);
    const actions: SessionAction[] = [
      { type: 'toggle', layer: 1 },
      { type: 'doubt', layer: 1 },
      { type: 'all', verdict: 'bad' },
      { type: 'done', kind: 'saved', key: 'key-a' },
    ];
    for (const action of actions) expect(after(session, action)).toBe(session);
  });

  it('forgets the notice with the next verdict', () => {
    const session = after(showing(mb1), { type: 'notice', notice: 'missing' });
    expect(session.notice).toBe('missing');
    expect(after(session, { type: 'toggle', layer: 1 }).notice).toBeNull();
  });

  it('marks the layers that are not good with the kind of fault and the wires', () => {
    const answer = after(
      showing(mb1),
      { type: 'all', verdict: 'good' },
      { type: 'toggle', layer: 9 },
      { type: 'doubt', layer: 2 },
    ).answer;
    const wires = { first: 3, last: 8 };
    expect(marksOf(answer)).toEqual([]);
    expect(marksOf({ ...answer, wires })).toEqual([{ layers: [2, 9], kind: null, wires }]);
    expect(marksOf({ ...answer, faultKind: 'dead-half' })).toEqual([
      { layers: [2, 9], kind: 'dead-half', wires: null },
    ]);
    const good = after(showing(mb1), { type: 'all', verdict: 'good' }).answer;
    expect(marksOf({ ...good, wires })).toEqual([]);
  });

  it('keeps note, kind of fault and wires beside the verdicts', () => {
    const session = after(
      showing(mb1),
      { type: 'toggle', layer: 9 },
      { type: 'edit', changes: { note: 'look' } },
      { type: 'edit', changes: { faultKind: 'dead-half' } },
    );
    expect(session.answer).toMatchObject({ note: 'look', faultKind: 'dead-half', wires: null });
    expect(verdictsOf(session)[8]).toBe('bad');
  });
});

describe('what the model says', () => {
  it('is taken over by one key, but for what it does not know', () => {
    const session = after(showing(mb1), { type: 'all', verdict: 'bad' }, { type: 'accept' });
    expect(verdictsOf(session)).toEqual(
      layerNumbers.map((layer) => (layer === 9 ? 'bad' : layer === 2 ? null : 'good')),
    );
    expect(whyNotReady(session)).toContain('for layer 2.');
    expect(verdictsOf(after(showing(mb4), { type: 'accept' })).slice(4, 8)).toEqual(Array(4).fill(null));
  });

  it('is not taken over blind', () => {
    const before = after(showing(blind(mb1)), { type: 'all', verdict: 'good' });
    const session = after(before, { type: 'accept' });
    expect(session.answer).toBe(before.answer);
    expect(session.notice).toContain('hidden until you have answered');
  });

  it('has been seen also when an undo brings the chamber back', () => {
    const saved = after(
      showing(blind(mb1)),
      { type: 'all', verdict: 'good' },
      { type: 'done', kind: 'saved', key: 'key-a' },
      { type: 'reveal', data: mb1.data! },
      { type: 'show', task: mb4, now: 2_000 },
      { type: 'undo', now: 3_000 },
    );
    expect(isBlind(saved)).toBe(false);
  });
});

describe('the address of an answer', () => {
  it('brings back what was said and not saved', () => {
    const session = after(
      showing(mb4),
      { type: 'all', verdict: 'good' },
      { type: 'toggle', layer: 9 },
      { type: 'doubt', layer: 1 },
      { type: 'edit', changes: { note: 'a & b', faultKind: 'dead-half', wires: { first: 3, last: 8 } } },
    );
    const place = { chamber: mb4.chamber, answer: unsavedAnswer(session), audit: true };
    const query = placeToQuery(place);
    expect(query).toMatchObject({ open: '7/0/14/4', marks: 'nggg----bggg' });
    expect(placeOfQuery(new URLSearchParams(query))).toEqual(place);
    expect(after(showing(null), { type: 'show', task: mb4, answer: place.answer, now: 1 }).answer).toEqual(
      session.answer,
    );
  });

  it('says nothing of an answer that is saved, or was not begun', () => {
    expect(unsavedAnswer(showing(mb1))).toBeNull();
    const said = after(showing(mb1), { type: 'all', verdict: 'good' });
    expect(unsavedAnswer(said)).toBe(said.answer);
    expect(unsavedAnswer(after(said, { type: 'done', kind: 'saved', key: 'key-a' }))).toBeNull();
    const plain = { chamber: mb1.chamber, answer: null, audit: false };
    expect(placeToQuery(plain)).toEqual({ open: '7/1/2/1' });
    expect(placeOfQuery(new URLSearchParams('open=7/1/2/1&marks=xx&wires=9-3&fault=none'))).toEqual(plain);
    expect(placeOfQuery(new URLSearchParams('open=7/1/13/1'))).toBeNull();
  });
});

describe('dialogs', () => {
  it('open and close by the same key, give way to each other, and are dismissed', () => {
    const open = after(showing(mb1), { type: 'dialog', dialog: 'help' });
    expect(open.dialog).toBe('help');
    expect(after(open, { type: 'dialog', dialog: 'help' }).dialog).toBeNull();
    expect(after(open, { type: 'dialog', dialog: 'note' }).dialog).toBe('note');
    const dismissed = after(open, { type: 'dismiss-dialog' });
    expect(dismissed.dialog).toBeNull();
    expect(after(dismissed, { type: 'dismiss-dialog' })).toBe(dismissed);
  });
});

describe('undo', () => {
  const labelled = after(
    showing(mb1),
    { type: 'all', verdict: 'good' },
    { type: 'done', kind: 'saved', key: 'key-a' },
  );

  it('brings back the chamber and the answer, shown in full, to be saved again', () => {
    expect(labelled).toMatchObject({ saved: labelled.answer });
    const next = after(labelled, { type: 'show', task: mb4, now: 2_000 }, { type: 'dialog', dialog: 'help' });
    const session = after(next, { type: 'undo', now: 3_000 });
    expect(session).toMatchObject({ task: mb1, answer: labelled.answer, since: 3_000 });
    expect(session).toMatchObject({ saved: null, steps: [], dialog: null });
    expect(session.notice).toBe('Undone: the label of this chamber.');
  });

  it('goes back one step at a time', () => {
    const skipped = after(
      labelled,
      { type: 'show', task: mb4, now: 2_000 },
      { type: 'done', kind: 'skipped', key: 'key-b' },
    );
    expect(skipped).toMatchObject({ saved: null });
    expect(skipped.steps.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['saved key-a', 'skipped key-b']);
    const session = after(skipped, { type: 'undo', now: 3_000 });
    expect(session).toMatchObject({ task: mb4, notice: 'Undone: the skip of this chamber.' });
    expect(session.steps.map(({ key }) => key)).toEqual(['key-a']);
  });

  it('says when nothing is left, and remembers the last steps only', () => {
    const session = after(showing(mb1), { type: 'undo', now: 3_000 });
    expect(session).toMatchObject({ task: mb1, notice: 'Nothing left to undo.' });
    const many = Array.from({ length: maxUndoSteps + 2 }, (_, step) => ({
      type: 'done' as const,
      kind: 'saved' as const,
      key: `key-${step}`,
    }));
    const { steps } = after(showing(mb1), ...many);
    expect(steps.map(({ key }) => key)).toEqual(many.slice(2).map(({ key }) => key));
  });
});

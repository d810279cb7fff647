import { describe, expect, it } from 'vitest';
import { applyAct, type RecordedAct } from './acts.ts';
import { chamber, f, finding, layer9, play, run, start, trackOf } from './toy.fixture.ts';
import type { Span } from '@dtdqm/contract';
import type { Ledger, Track } from './track.ts';

const ledgerWith = (...tracks: Track[]): Ledger => ({ run: 7, tracks, judged: [] });
const recorded = (act: RecordedAct['act'], changes: Partial<RecordedAct> = {}): RecordedAct => ({
  actor: 'bo',
  incident: 1,
  run: 7,
  at: '2026-05-04T06:00:00.000Z',
  act,
  anchor: { chamber, spans: layer9, firstRun: 1 },
  ...changes,
});
const does = (ledger: Ledger, act: RecordedAct['act'], changes: Partial<RecordedAct> = {}) =>
  applyAct(ledger, recorded(act, changes), () => 50);
const trackAfter = (track: Track, act: RecordedAct['act']) => does(ledgerWith(track), act).ledger.tracks[0];
const at = (first: number, last: number, layer = 9): Span => ({ layer, first, last });

describe('what people say of an incident', () => {
  const open = trackOf(layer9);
  const healed = trackOf(layer9, { phase: 'healed' });

  it('is kept with it and can be taken back', () => {
    expect(trackAfter(open, { action: 'acknowledge' })?.acknowledgedBy).toBe('bo');
    expect(
      trackAfter(trackOf(layer9, { acknowledgedBy: 'al' }), { action: 'unacknowledge' })?.acknowledgedBy,
    ).toBeNull();
    const shelf = { owner: 'on-call', reason: 'access', until: '2999-01-01T00:00:00Z' };
    const shelved = trackAfter(open, { action: 'shelve', ...shelf });
    expect(shelved?.shelf).toEqual({ by: 'bo', ...shelf });
    expect(trackAfter(shelved!, { action: 'unshelve' })?.shelf).toBeNull();
    const known = trackAfter(open, { action: 'known-bad' });
    expect(known?.knownBad).toBe(true);
    expect(trackAfter(known!, { action: 'not-known-bad' })?.knownBad).toBe(false);
  });

  it('does not change the ledger that was passed', () => {
    const ledger = ledgerWith(open);
    const copy = structuredClone(ledger);
    does(ledger, { action: 'acknowledge' });
    expect(ledger).toEqual(copy);
  });

  it('may be said of a healed one too, but there is nothing to acknowledge', () => {
    expect(trackAfter(healed, { action: 'known-bad' })?.knownBad).toBe(true);
    expect(() => trackAfter(healed, { action: 'acknowledge' })).toThrow(
      'incident 1 has healed: there is nothing to acknowledge',
    );
  });

  it('changes nothing when it is a comment or a link, also of one that is followed no more', () => {
    for (const act of [
      { action: 'comment' },
      { action: 'link', to: 3 },
      { action: 'unlink', to: 3 },
    ] as const)
      expect(does(ledgerWith(open), act, { incident: 9 })).toMatchObject({
        ledger: ledgerWith(open),
        effects: { changes: [] },
      });
  });

  it('is refused of one that is followed no more', () => {
    const elsewhere = { chamber: 'W1_St1_Sec1', spans: layer9, firstRun: 1 };
    expect(() =>
      does(ledgerWith(open), { action: 'acknowledge' }, { incident: 9, anchor: elsewhere }),
    ).toThrow('incident 9 healed long ago: nothing can be done to it but comment and link');
  });
});

describe('the incident that was meant', () => {
  const acknowledgedOf = (
    tracks: Track[],
    incident: number,
    anchor = recorded({ action: 'acknowledge' }).anchor,
  ) =>
    does(ledgerWith(...tracks), { action: 'acknowledge' }, { incident, anchor })
      .ledger.tracks.filter(({ acknowledgedBy }) => acknowledgedBy === 'bo')
      .map(({ id }) => id);

  it('is the one of that number, else the one that has most of its wires, then the one nearest in time, then the older', () => {
    const [one, two] = [trackOf([at(40, 44)], { id: 1 }), trackOf(layer9, { id: 2 })];
    expect(acknowledgedOf([two, one], 1)).toEqual([1]);
    const [some, most] = [trackOf([at(10, 24)], { id: 3 }), trackOf([at(19, 40)], { id: 4 })];
    expect(acknowledgedOf([most, some], 9)).toEqual([3]);
    expect(acknowledgedOf([some, most], 9)).toEqual([3]);
    const aged = (firstRun: number, id: number) => trackOf(layer9, { id, firstRun });
    const anchor = { chamber, spans: layer9, firstRun: 20 };
    expect(acknowledgedOf([aged(10, 1), aged(25, 2)], 9, anchor)).toEqual([2]);
    expect(acknowledgedOf([aged(25, 1), aged(15, 2)], 9, anchor)).toEqual([2]);
    expect(acknowledgedOf([aged(15, 1), aged(25, 2)], 9, anchor)).toEqual([1]);
  });

  it('is never a candidate, nor one that shares no wire', () => {
    const candidate = trackOf(layer9, { id: 9, phase: 'candidate' });
    const beside = trackOf([at(21, 30)], { id: 2 });
    expect(() => acknowledgedOf([candidate, beside], 9)).toThrow('healed long ago');
  });
});

describe('a merge', () => {
  const [one, two] = [
    trackOf([at(1, 10)], { id: 1, firstRun: 3 }),
    trackOf([at(21, 30)], { id: 2, firstRun: 5 }),
  ];
  const merge = (tracks: Track[], into: number, changes: Partial<RecordedAct> = {}) =>
    does(ledgerWith(...tracks), { action: 'merge', into }, changes);

  it('makes one incident of the wires and the time of both', () => {
    const { ledger, effects } = merge([one, two], 2);
    expect(ledger.tracks).toMatchObject([{ id: 2, firstRun: 3, spans: [at(1, 10), at(21, 30)] }]);
    expect(effects.merged).toEqual([{ id: 1, into: 2, run: 7 }]);
    expect(effects.finished).toMatchObject([{ id: 1 }]);
  });

  it('leaves an open one where it is when a healed one becomes part of it, and not the other way round', () => {
    const healed = { ...one, phase: 'healed' as const };
    expect(merge([healed, two], 2).ledger.tracks).toMatchObject([
      { id: 2, spans: [at(21, 30)], firstRun: 3 },
    ]);
    expect(() => merge([one, { ...two, phase: 'healed' }], 2)).toThrow(
      /^into: incident 2 has healed and this one is open/,
    );
  });

  it('is a part that was cut off only when both were', () => {
    const [part, other] = [
      { ...one, apart: true },
      { ...two, apart: true },
    ];
    expect(merge([part, other], 2).ledger.tracks[0]?.apart).toBe(true);
    expect(merge([one, other], 2).ledger.tracks[0]?.apart).toBe(false);
    expect(merge([part, two], 2).ledger.tracks[0]?.apart).toBe(false);
  });

  it('finds the other where it was when it has another number now', () => {
    const otherAnchor = { chamber, spans: two.spans, firstRun: 5 };
    expect(merge([one, two], 8, { otherAnchor }).effects.merged).toEqual([{ id: 1, into: 2, run: 7 }]);
  });

  it('is refused with itself, with what is gone, and with another chamber', () => {
    expect(() => merge([one, two], 1)).toThrow('into: must be another incident');
    expect(() => merge([one], 8)).toThrow('into: incident 8 is not followed any more');
    expect(() => merge([one, { ...two, chamber: 'W1_St1_Sec1' }], 2)).toThrow(
      /another chamber: link them instead$/,
    );
  });
});

describe('a split', () => {
  const both = trackOf([at(1, 30), at(1, 10, 10)], { acknowledgedBy: 'al', knownBad: true, reference: 40 });
  const split = (track: Track, what: { layers?: number[]; wires?: { first: number; last: number } }) =>
    does(ledgerWith(track), { action: 'split', ...what });

  it('of layers gives them an incident of their own, of which nobody has said anything', () => {
    const { ledger, effects } = split(both, { layers: [10] });
    expect(ledger.tracks).toMatchObject([
      {
        id: 1,
        spans: [at(1, 30)],
        apart: false,
        views: [],
        reference: 30,
        stated: { lost: 30, spans: [at(1, 30)] },
        acknowledgedBy: 'al',
        knownBad: true,
      },
      {
        id: 50,
        spans: [at(1, 10, 10)],
        apart: true,
        views: [],
        reference: 10,
        stated: { lost: 10, spans: [at(1, 10, 10)] },
        openedRun: 7,
        openedAt: recorded({ action: 'unshelve' }).at,
        change: 'new',
        acknowledgedBy: null,
        knownBad: false,
        shelf: null,
      },
    ]);
    expect(effects.changes).toEqual([
      {
        id: 50,
        run: 7,
        at: recorded({ action: 'unshelve' }).at,
        change: 'opened',
        comment: 'split from incident',
        other: 1,
      },
    ]);
  });

  it('of wires takes them in every layer, and what was whole is a part then', () => {
    const whole = { ...both, stated: { ...both.stated, extent: 'whole' as const } };
    const wires = split(whole, { wires: { first: 1, last: 20 } }).ledger.tracks;
    expect(wires).toMatchObject([
      { spans: [at(21, 30)], stated: { extent: 'part' } },
      { spans: [at(1, 20), at(1, 10, 10)], stated: { extent: 'part' } },
    ]);
    expect(split(whole, { layers: [10] }).ledger.tracks.map(({ stated }) => stated.extent)).toEqual([
      'whole',
      'whole',
    ]);
    expect(split(both, { layers: [9], wires: { first: 1, last: 4 } }).ledger.tracks[1]?.spans).toEqual([
      at(1, 4),
    ]);
  });

  it('leaves wires to both, and needs an open incident and a wish', () => {
    const keep = 'layers: incident 1 must keep some of its wires, and the new one needs some';
    expect(() => split(both, { layers: [9, 10] })).toThrow(keep);
    expect(() => split(both, { layers: [3] })).toThrow(keep);
    expect(() => split(both, {})).toThrow(
      'layers: say which layers or wires become an incident of their own',
    );
    expect(() => split({ ...both, phase: 'healed' }, { layers: [10] })).toThrow(
      'incident 1 has healed: it cannot be split',
    );
  });
});

describe('acts in a replay', () => {
  const runs = [1, 2, 3, 4].map((number) => run(number, f));
  const acknowledged = (at: number, id = 'a') => ({
    id,
    ...recorded({ action: 'acknowledge' }, { run: at, incident: -1 }),
  });
  const sayings = (from = start, acts = [acknowledged(2)], of = runs) =>
    play(of, from, acts).states.map(({ run: number, ledger }) => [number, ledger.tracks[0]?.acknowledgedBy]);

  it('count after the run that was newest then and before the next', () => {
    expect(sayings()).toEqual([
      [1, null],
      [2, 'bo'],
      [3, 'bo'],
      [4, 'bo'],
    ]);
    expect(sayings(start, [acknowledged(3)], [runs[0]!, runs[1]!, runs[3]!])).toEqual([
      [1, null],
      [2, null],
      [4, 'bo'],
    ]);
  });

  it('come at the end when their run is gone, and do not come twice', () => {
    const { states } = play(runs.slice(0, 2), start, [acknowledged(9)]);
    expect(states.at(-1)).toMatchObject({ ahead: ['a'], ledger: { tracks: [{ acknowledgedBy: 'bo' }] } });
    const undone = { id: 'b', ...recorded({ action: 'unacknowledge' }, { run: 9, incident: -1 }) };
    const after = play([], states.at(-1), [acknowledged(9), undone]).states.at(-1);
    expect(after).toMatchObject({
      run: 2,
      ahead: ['a', 'b'],
      ledger: { tracks: [{ acknowledgedBy: null }] },
    });
    expect(play(runs.slice(2), after, []).states.at(-1)?.ahead).toEqual([]);
  });

  it('are left out when they make no sense any more', () => {
    expect(sayings(start, [acknowledged(1)])).toEqual([
      [1, null],
      [2, null],
      [3, null],
      [4, null],
    ]);
  });

  it('keep apart what was split, whatever run shows it', () => {
    const wide = [finding([at(10, 40)])];
    const split = {
      id: 'a',
      ...recorded({ action: 'split', wires: { first: 30, last: 40 } }, { run: 2, incident: -1 }),
    };
    const { states } = play(
      [1, 2, 3].map((number) => run(number, wide)),
      start,
      [split],
    );
    expect(states.at(-1)?.ledger.tracks.map(({ spans }) => spans)).toEqual([[at(10, 29)], [at(30, 40)]]);
  });
});

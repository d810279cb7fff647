import { describe, expect, it } from 'vitest';
import { incidentStates } from '@dtdqm/contract';
import { actBindings, actOf, actOfKey, actsFor, emptyFields } from './acts.ts';
import { incidentWith } from './incident.fixture.ts';
import { evidenceInWords, groupsOf, placeInWords } from './model.ts';

const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe('incidents, the loudest first', () => {
  it('stand in groups, with every state in one of them', () => {
    const all = incidentStates.map((state, index) => incidentWith({ incident: index + 1, state }));
    const groups = groupsOf(all);
    expect(groups.map(({ standing }) => standing)).toEqual(['new', 'acknowledged', 'shelved', 'healed']);
    expect(groups.flatMap(({ incidents }) => incidents)).toHaveLength(all.length);
    expect(groups[0]?.incidents.map(({ state }) => state)).toEqual(['new', 'open', 'grown', 'shrunk']);
  });
});

describe('an incident in words', () => {
  it('says where and how much', () => {
    expect(placeInWords(incidentWith())).toBe('layer 4');
    expect(placeInWords(incidentWith({ layers: [1, 2, 3], wires: { first: 5, last: 9 } }))).toBe(
      'layers 1-3, wires 5-9',
    );
    const all = [1, 2, 3, 4, 9, 10, 11, 12];
    expect(placeInWords(incidentWith({ station: 4, layers: all, wires: null }))).toBe('all layers');
    expect(evidenceInWords(incidentWith())).toBe('11 % of the hits expected · score 1.00 · seen in 1 run');
  });
});

describe('what can be done', () => {
  it('has one act a key for every state, and none but a comment or a link once it is over', () => {
    for (const state of incidentStates) {
      const keys = actsFor(incidentWith({ state })).map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(actsFor(incidentWith({ state: 'healed' })).map(({ action }) => action)).toEqual([
      'comment',
      'link',
    ]);
  });

  it('is chosen by a key, unless the key is the browser’s or Grafana’s', () => {
    expect(actOfKey(press('a'), incidentWith())?.action).toBe('acknowledge');
    expect(actOfKey(press('a'), incidentWith({ state: 'acknowledged' }))?.action).toBe('unacknowledge');
    expect(actOfKey(press('a', { ctrlKey: true }), incidentWith())).toBeNull();
    expect(actOfKey(press('z'), incidentWith())).toBeNull();
  });
});

describe('the form of an act', () => {
  const of = (action: string, fields = {}) => {
    const binding = actBindings.find((each) => each.action === action);
    if (!binding) throw new Error(action);
    return actOf(binding, { ...emptyFields, ...fields }, 'a-key-of-the-form', Date.parse('2026-05-04'));
  };

  it('makes what the API takes', () => {
    expect(of('shelve', { owner: 'on-call', reason: 'access on Monday', days: 7 })).toMatchObject({
      act: { owner: 'on-call', until: '2026-05-11T00:00:00.000Z' },
    });
    expect(of('merge', { other: '12' })).toMatchObject({ act: { into: 12 } });
    expect(of('split', { layers: '1, 3', wires: '10-20' })).toMatchObject({
      act: { layers: [1, 3], wires: { first: 10, last: 20 } },
    });
  });

  it('says in one line what is missing', () => {
    expect(of('shelve', { owner: ' ' })).toEqual({ fault: 'the owner must not be empty' });
    expect(of('comment')).toEqual({ fault: 'the comment must not be empty' });
    expect(of('link', { other: 'x' })).toEqual({ fault: 'the other incident must be given by its number' });
    expect(of('split')).toEqual({ fault: 'name layers or wires' });
    expect(of('split', { layers: 'one' })).toMatchObject({
      fault: expect.stringContaining('layers must be'),
    });
  });
});

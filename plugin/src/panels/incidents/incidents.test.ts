import { describe, expect, it } from 'vitest';
import { incidentStates } from '@dtdqm/contract';
import type { Press } from '../../components/press.ts';
import { actBindings, actOf, actOfKey, actsFor, emptyFields } from './acts.ts';
import { incidentWith } from './incident.fixture.ts';
import type { ChamberSummary } from '@dtdqm/contract';
import { groupsOf, logbookLine, seenInWords } from './faults.ts';
import { evidenceInWords, faultInWords, placeInWords } from './model.ts';

const press = (key: string, more: Partial<Press> = {}): Press => ({
  ...{ key, code: '', shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, repeat: false },
  ...more,
});

describe('incidents, the loudest first', () => {
  it('stand in groups, with every state in one of them', () => {
    const all = incidentStates.map((state, index) => incidentWith({ incident: index + 1, state }));
    const groups = groupsOf(all);
    expect(groups.map(({ standing }) => standing)).toEqual(['new', 'acknowledged', 'shelved', 'healed']);
    expect(groups.flatMap(({ faults }) => faults)).toHaveLength(all.length);
    expect(groups[0]?.faults.map(({ incident }) => incident?.state)).toEqual([
      'new',
      'open',
      'grown',
      'shrunk',
    ]);
  });
});

/** W-1 MB2 S07 of a run, in which layer 4 is dead. */
function chamberWith(more: Partial<ChamberSummary>): ChamberSummary {
  return {
    wheel: -1,
    station: 2,
    sector: 7,
    condition: 'bad',
    standing: 'unconfirmed',
    incident: null,
    kind: 'dead-layer',
    sinceRun: 380011,
    inRun: true,
    state: 'present',
    reason: null,
    kept: null,
    hits: 1000,
    badLayers: 1,
    worstScore: 0.9,
    faults: [{ kind: 'dead-layer', layers: [4], wires: null, confidence: 0.9 }],
    ...more,
  };
}

describe('what was seen once', () => {
  it('is listed below what is new and above what is answered, as the monitor says so', () => {
    const incidents = [incidentWith(), incidentWith({ incident: 2, state: 'acknowledged' })];
    const chambers = [
      chamberWith({}),
      chamberWith({ sector: 8, standing: 'new' }),
      chamberWith({ standing: null }),
    ];
    const groups = groupsOf(incidents, chambers, 380011);
    expect(groups.map(({ standing, faults }) => [standing, faults.length])).toEqual([
      ['new', 1],
      ['unconfirmed', 1],
      ['acknowledged', 1],
    ]);
    expect(groups[1]?.faults[0]).toMatchObject({
      key: 'W-1_St2_Sec7',
      incident: null,
      kind: 'dead layer',
      place: 'layer 4',
      sinceRun: 380011,
    });
  });

  it('is bad all the same when the detector cannot name what it is', () => {
    const [group] = groupsOf([], [chamberWith({ kind: 'unnamed', faults: [], badLayers: 2 })], 380011);
    expect(group?.faults[0]).toMatchObject({ kind: 'bad layer', place: '2 of its layers' });
  });
});

describe('an incident in words', () => {
  it('says whether the run still shows it, and makes a line for the logbook', () => {
    const faultWith = (inNewestRun: boolean | null) =>
      groupsOf([incidentWith({ firstRun: 380008, inNewestRun })])[0]!.faults[0]!;
    const fault = faultWith(true);
    expect(seenInWords(fault, 380010)).toBe('in this run');
    expect(seenInWords(faultWith(false), 380012)).toBe('not in this run, last in 380010');
    expect(seenInWords(faultWith(null), 380012)).toBe('not known of this run, last in 380010');
    expect(seenInWords(fault, null)).toBe('');
    expect(logbookLine(fault, 380010, 'http://monitor/eval/380010/-1/7/2/')).toBe(
      'W-1 MB2 S07: dead layer, layer 4; since run 380008; in this run; new (incident 1). http://monitor/eval/380010/-1/7/2/',
    );
  });

  it('says where and how much', () => {
    expect(placeInWords(incidentWith())).toBe('layer 4');
    expect(placeInWords(incidentWith({ layers: [1, 2, 3], wires: { first: 5, last: 9 } }))).toBe(
      'layers 1-3, wires 5-9',
    );
    const all = [1, 2, 3, 4, 9, 10, 11, 12];
    expect(placeInWords(incidentWith({ station: 4, layers: all, wires: null }))).toBe('all layers');
    expect(evidenceInWords(incidentWith())).toBe('11 % of the hits expected · score 1.00 · seen in 1 run');
    const happened = {
      from: { at: '2026-11-28T14:02:00.000Z', lumisection: 311 },
      to: { at: '2026-11-28T14:03:00.000Z', lumisection: 314 },
    };
    expect(evidenceInWords(incidentWith({ began: { run: 380010, happened } }))).toMatch(
      / · began in run 380010, \d\d:02-\d\d:03, LS 311-314$/,
    );
    const weak = { kind: 'weak-layer', layers: [9], wires: null, confidence: 0.5, ratio: 0.52 } as const;
    const scattered = { ...weak, kind: 'scattered-dead' as const, layers: [9], wires: { first: 5, last: 12 }, only: [5, 7, 8, 12] }; // prettier-ignore
    expect(faultInWords(scattered, 2)).toMatch(/^scattered dead: layer 9, wires 5, 7-8, 12, /);
    expect(faultInWords({ ...weak, layers: [9], ratioRange: { low: 0.46, high: 0.58 } }, 2)).toBe(
      'weak layer: layer 9, 52 % (46 to 58) of the hits expected (confidence 50 %)',
    );
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
    // On a Russian keyboard, with an input method, and a sign that AltGr writes.
    expect(actOfKey(press('ф', { code: 'KeyA' }), incidentWith())?.action).toBe('acknowledge');
    expect(actOfKey(press('Process', { code: 'KeyA' }), incidentWith())?.action).toBe('acknowledge');
    const getModifierState = () => true;
    expect(actOfKey(press('æ', { code: 'KeyA', getModifierState }), incidentWith())).toBeNull();
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

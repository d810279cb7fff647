import { describe, expect, it } from 'vitest';
import type { Span } from '@dtdqm/contract';
import { matchFindings } from './matchFindings.ts';
import { finding, trackOf } from './toy.fixture.ts';
import type { Finding, Track, View } from './track.ts';

const at = (first: number, last: number, ...layers: number[]): Span[] =>
  (layers.length === 0 ? [9] : layers).map((layer) => ({ layer, first, last }));
const match = (tracks: readonly Track[], ...findings: Finding[]) =>
  matchFindings(tracks, findings, [1, 2, 3]);
const viewAt = (spans: Span[]): View => ({ kind: 'dead-region', extent: 'part', spans, lost: 1 });
const superlayer1 = [1, 2, 3, 4];
const superlayer3 = [9, 10, 11, 12];

describe('the same fault', () => {
  const known = trackOf(at(11, 20));
  const isKnown = (spans: Span[], changes: Partial<Finding> = {}) =>
    match([known], finding(spans, changes)).seen.has(known);

  it('is told by 30 % of the wires of the smaller of both', () => {
    expect([isKnown(at(18, 27)), isKnown(at(19, 28))]).toEqual([true, false]);
    expect([isKnown(at(4, 13)), isKnown(at(3, 12))]).toEqual([true, false]);
  });

  it('is of like size', () => {
    expect([isKnown(at(1, 45)), isKnown(at(1, 46))]).toEqual([true, false]);
    expect([isKnown(at(11, 13)), isKnown(at(11, 12))]).toEqual([true, false]);
  });

  it('has any name, but is never a noisy cell in one run and something dead in another', () => {
    expect(isKnown(at(11, 20), { kind: 'weak-layer' })).toBe(true);
    expect(isKnown(at(11, 20), { kind: 'noisy-cell' })).toBe(false);
    const noisy = trackOf(at(11, 11), { stated: { ...viewAt(at(11, 11)), kind: 'noisy-cell' } });
    expect(match([noisy], finding(at(11, 11))).seen.size).toBe(0);
    expect(match([noisy], finding(at(11, 11), { kind: 'noisy-cell' })).seen.has(noisy)).toBe(true);
  });

  it('is of whatever size where both take most of one superlayer', () => {
    const most = trackOf(at(1, 4, 9, 10, 11));
    expect(match([most], finding(at(1, 40, 9, 10, 11))).seen.has(most)).toBe(true);
    expect(match([most], finding(at(1, 40, 9, 10))).seen.has(most)).toBe(false);
    expect(match([most], finding(at(5, 44, 9, 10, 11))).seen.has(most)).toBe(false);
    expect(match([trackOf(at(1, 4, 9, 10))], finding(at(1, 40, 9, 10, 11))).seen.size).toBe(0);
    expect(match([trackOf(at(1, 4, 5, 6, 7))], finding(at(1, 40, 9, 10, 11))).seen.size).toBe(0);
  });

  it('of several superlayers is looked for wherever its newest sightings had it, of one only where it was last', () => {
    const wide = trackOf(at(17, 24, ...superlayer1), {
      views: [viewAt(at(17, 24, ...superlayer1)), viewAt(at(17, 24, ...superlayer3))],
    });
    expect(match([wide], finding(at(17, 24, ...superlayer3))).seen.has(wide)).toBe(true);
    const moved = trackOf(at(1, 10), { views: [viewAt(at(21, 30)), viewAt(at(1, 10))] });
    expect(match([moved], finding(at(21, 30))).seen.size).toBe(0);
  });

  it('may be several findings of one run', () => {
    const wide = trackOf(at(11, 40));
    const { seen, fresh } = match([wide], finding(at(11, 20)), finding(at(31, 40)));
    expect(seen.get(wide)).toHaveLength(2);
    expect(fresh).toEqual([]);
  });
});

describe('of several known faults that a finding may be', () => {
  const covering = finding(at(10, 30));
  const ownerOf = (...tracks: Track[]) => {
    const { seen } = match(tracks, covering);
    expect(seen.size).toBe(1);
    return [...seen.keys()][0]?.id;
  };

  it('it is the one that has most wires in common', () => {
    const partly = trackOf(at(26, 40), { id: 1, firstRun: 1 });
    const wholly = trackOf(at(10, 20), { id: 2, firstRun: 9 });
    expect([ownerOf(partly, wholly), ownerOf(wholly, partly)]).toEqual([2, 2]);
  });

  it('of like overlap it is the older', () => {
    const young = trackOf(at(10, 19), { id: 1, firstRun: 9 });
    const old = trackOf(at(21, 30), { id: 2, firstRun: 3 });
    expect([ownerOf(young, old), ownerOf(old, young)]).toEqual([2, 2]);
  });

  it('it is an open one rather than a healed one, and that rather than a candidate, whatever their ages', () => {
    const open = trackOf(at(10, 19), { id: 1, firstRun: 9 });
    const healed = trackOf(at(21, 30), { id: 2, firstRun: 5, phase: 'healed' });
    const candidate = trackOf(at(12, 21), { id: 3, firstRun: 1, phase: 'candidate' });
    expect([ownerOf(healed, open), ownerOf(candidate, open), ownerOf(candidate, healed)]).toEqual([1, 1, 2]);
    expect([ownerOf(open, healed), ownerOf(open, candidate), ownerOf(healed, candidate)]).toEqual([1, 1, 2]);
  });

  it('of one age it is the same one in whatever order they stand', () => {
    const [a, b] = [trackOf(at(10, 19), { id: 1 }), trackOf(at(21, 30), { id: 2 })];
    expect([ownerOf(a, b), ownerOf(b, a)]).toEqual([1, 1]);
  });
});

describe('parts that somebody has cut off', () => {
  const rest = trackOf(at(1, 20), { id: 1 });
  const part = trackOf(at(21, 30), { id: 2, apart: true });

  it('divide with the rest what covers both', () => {
    const { seen, fresh } = match([rest, part], finding(at(1, 30)));
    expect(seen.get(part)?.map(({ spans }) => spans)).toEqual([at(21, 30)]);
    expect(seen.get(rest)?.map(({ spans }) => spans)).toEqual([at(1, 20)]);
    expect(fresh).toEqual([]);
  });

  it('are seen when 30 % of them are', () => {
    expect(match([part], finding(at(14, 23))).seen.has(part)).toBe(true);
    expect(match([part], finding(at(13, 22))).seen.has(part)).toBe(false);
  });

  it('leave what is not theirs to others, and are no other fault', () => {
    const { seen, fresh } = match([part], finding(at(21, 34)));
    expect([...seen.keys()]).toEqual([part]);
    expect(fresh.map(({ spans }) => spans)).toEqual([at(31, 34)]);
  });

  it('are not what a noisy cell shows', () => {
    const { seen, fresh } = match([part], finding(at(21, 30), { kind: 'noisy-cell' }));
    expect([seen.size, fresh.length]).toEqual([0, 1]);
  });
});

describe('a small piece beside a fault of several superlayers', () => {
  const all = [...superlayer1, ...superlayer3];
  const wide = trackOf(at(17, 24, ...all), { id: 1 });
  const shown = finding(at(17, 24, ...superlayer1));

  it('is part of it when half of the piece lies inside', () => {
    expect(match([wide], shown, finding(at(24, 25, 12))).seen.get(wide)).toHaveLength(2);
    expect(match([wide], shown, finding(at(24, 26, 12))).seen.get(wide)).toHaveLength(1);
  });

  it('is none of it when that is not shown, was cut off, or is of another nature', () => {
    expect(match([wide], finding(at(24, 25, 12))).fresh).toHaveLength(1);
    const noise = finding(at(24, 24, 12), { kind: 'noisy-cell' });
    expect(match([wide], shown, noise).fresh).toEqual([noise]);
    const one = trackOf(at(17, 40, ...superlayer1), { id: 1 });
    expect(match([one], finding(at(17, 40, ...superlayer1)), finding(at(24, 25, 12))).fresh).toHaveLength(1);
  });
});

describe('a fault that is not shown', () => {
  const small = trackOf(at(11, 20), { id: 1 });
  const great = trackOf(at(1, 48, ...superlayer3), { id: 2 });
  const all = finding(at(1, 48, ...superlayer3));

  it('is covered by a greater one that holds half of it, whether that is known or new', () => {
    const { covered, seen } = match([small, great], all);
    expect([...seen.keys()]).toEqual([great]);
    expect([...covered]).toEqual([[small, { by: great, alike: false }]]);
    expect([...match([small], all).covered]).toEqual([[small, { by: null, alike: false }]]);
    const beside = finding(at(16, 64, ...superlayer3));
    expect(match([small], beside).covered.size).toBe(1);
    expect(match([small], finding(at(17, 64, ...superlayer3))).covered.size).toBe(0);
  });

  it('is covered by one of like size when another known fault is nearer', () => {
    const nearer = trackOf(at(9, 22), { id: 2, firstRun: 0 });
    expect([...match([small, nearer], finding(at(9, 22))).covered]).toEqual([
      [small, { by: nearer, alike: true }],
    ]);
  });

  it('is not covered by noise, nor when it is shown', () => {
    const noise = finding(at(11, 20), { kind: 'noisy-cell' });
    expect(match([small], noise).covered.size).toBe(0);
    expect(match([small], finding(at(11, 20))).covered.size).toBe(0);
    expect(match([small]).covered.size).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { chamberWires } from '../prepare/chamberWires.ts';
import type { WholeExpectation } from '../run/expectWhole.ts';
import { judgeWhole, tellExpectation } from './wholeChamber.ts';

const chamber = { wheel: 1, station: 2, sector: 4 } as const;
const sisters: WholeExpectation = { level: 40, spread: 0.08, from: 'other-chambers', count: 59 };
const past: WholeExpectation = { level: 20, spread: 0.08, from: 'past', count: 4 };

/** 48 wires a layer, all of so many hits; `levels` by superlayer. */
function wires(levels: readonly [number, number, number], expected?: WholeExpectation[]) {
  const matrix = Array.from({ length: 12 }, (_, row) => new Array<number>(48).fill(levels[row >> 2]!));
  return chamberWires({ chamber, matrix, expected });
}
const flat = (level: number, ...expected: WholeExpectation[]) => wires([level, level, level], expected);
const scores = Array.from({ length: 12 }, (_, row) => (row === 6 ? -1 : 0.1));

describe('a chamber as a whole', () => {
  it.each([
    [0, 'dead-chamber'],
    [2, 'dead-chamber'],
    [10, 'weak-chamber'],
  ] as const)('of which %d hits per wire are left of 40 is bad in all layers: %s', (level, kind) => {
    const judged = judgeWhole(flat(level, sisters), scores)!;
    expect(judged.verdicts).toEqual(scores.map((score) => (score === -1 ? null : 'bad')));
    expect(judged.scores).toEqual(scores.map((score) => (score === -1 ? -1 : 0.99)));
    expect(judged.faults).toHaveLength(1);
    expect(judged.faults[0]).toMatchObject({
      kind,
      layers: [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12],
      wires: null,
    });
    expect(judged.faults[0]!.ratio).toBeCloseTo(level / 40, 1);
    expect(judged.faults[0]!.confidence).toBeGreaterThan(0.9);
    expect(judged.faults[0]!.note).toMatch(
      /^the whole chamber: [\d,]+ hits where 2\d,\d{3} are expected from 59 other chambers of station 2 in this run$/,
    );
  });

  it('is judged layer by layer where it has what is expected, and where nobody knows', () => {
    expect(judgeWhole(flat(40, sisters), scores)).toBeUndefined();
    expect(judgeWhole(flat(24, sisters), scores)).toBeUndefined();
    expect(judgeWhole(flat(1), scores)).toBeUndefined();
  });

  it('is not what two of its superlayers are', () => {
    expect(judgeWhole(wires([0, 0, 40], [sisters]), scores)).toBeUndefined();
    expect(judgeWhole(wires([0, 38, 0], [sisters]), scores)).toBeUndefined();
  });

  it('is dead all the same where cells or a layer are noisy', () => {
    const noisy = flat(0, sisters);
    for (const hits of noisy.layers) hits!.set([9000, 700, 12_000], 20);
    noisy.layers[5]!.fill(500);
    expect(judgeWhole(noisy, scores)?.faults).toMatchObject([{ kind: 'dead-chamber' }]);
  });

  it('takes what the chambers of a run differ by for no fault', () => {
    expect(judgeWhole(flat(12, { ...sisters, spread: 0.4 }), scores)).toBeUndefined();
    expect(judgeWhole(flat(4, { ...sisters, spread: 0.4 }), scores)).toBeDefined();
  });

  it('is told by whichever is surer: its past or the other chambers', () => {
    expect(judgeWhole(flat(15, past, sisters), scores)?.faults[0]?.note).toMatch(/59 other chambers/);
    expect(judgeWhole(flat(4, past), scores)?.faults[0]?.note).toMatch(
      /from its share in 4 good runs before$/,
    );
  });

  it('is unknown without any hit where too few are expected, or nobody knows how many', () => {
    for (const [expected, note] of [
      [
        [{ ...sisters, level: 0.2 }],
        /^no hit in the whole chamber; 1\d\d are expected of the chamber from 59 other/,
      ],
      [[{ ...sisters, level: 0 }], /^no hit in the whole chamber; 0 are expected/],
      [[], /^no hit in the whole chamber; too few other chambers of the run are known/],
    ] as const) {
      const judged = judgeWhole(flat(0, ...expected), scores)!;
      expect(new Set(judged.verdicts)).toEqual(new Set(['unknown', null]));
      expect(judged.scores).toEqual(scores.map((score) => (score === -1 ? -1 : 0.5)));
      expect(judged.faults).toMatchObject([{ kind: 'low-statistics', wires: null }]);
      expect(judged.faults[0]!.note).toMatch(note);
    }
  });

  it('has no word for what a short run lets expect', () => {
    expect(judgeWhole(flat(0.04, { ...sisters, level: 0.4 }), scores)).toBeUndefined();
    expect(tellExpectation(flat(1, past, sisters))).toMatch(
      /^11,\d{3} are expected of the chamber from its share/,
    );
  });
});

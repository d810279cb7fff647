import { describe, expect, it } from 'vitest';
import { drawNormal, seededRandom } from '../random/seeded.ts';
import { judgeCandidate } from './gate.ts';
import type { JudgedLayer } from './judgedLayers.ts';

/** A model that parts bad layers from good by so many deviations, and may be blind to one kind. */
function model(separation: number, { blindTo = '', chambers = 300, seed = 1 } = {}): JudgedLayer[] {
  const random = seededRandom(seed);
  return Array.from({ length: chambers }, (_, chamber) =>
    Array.from({ length: 12 }, (__, layer): JudgedLayer => {
      const bad = chamber % 5 === 0 && layer < 4;
      const kind = bad ? (chamber % 2 === 0 ? 'dead-layer' : 'weak-layer') : null;
      const signal = bad && kind !== blindTo ? separation : 0;
      const score = 1 / (1 + Math.exp(2 - drawNormal(random) - signal));
      return { chamber, bad, kind, score, flagged: score > 0.9 };
    }),
  ).flat();
}

describe('the gate', () => {
  it('lets a clearly better candidate through', () => {
    const { decision, averagePrecision } = judgeCandidate(model(4), model(8));
    expect(decision).toEqual({ promote: true, reasons: [] });
    expect(averagePrecision.low).toBeGreaterThan(0);
  });

  it('keeps an equal or worse one back, with the reason', () => {
    expect(judgeCandidate(model(4), model(4)).decision.reasons.join()).toMatch(
      /average precision gains 0.0000/,
    );
    expect(judgeCandidate(model(8), model(4)).decision.promote).toBe(false);
  });

  it('keeps a better one back that loses a kind of fault', () => {
    const { decision, kinds } = judgeCandidate(model(3), model(9, { blindTo: 'weak-layer' }), {
      margin: -1,
      kindTolerance: 0.02,
      falseAlarmTolerance: 1,
      leastBad: 20,
      leastGood: 200,
      leastOfKind: 5,
    });
    expect(decision.reasons.some((reason) => /less of weak-layer/.test(reason))).toBe(true);
    expect(kinds.map(({ kind }) => kind)).toEqual(['dead-layer', 'weak-layer']);
  });

  it('keeps one back that raises more false alarms', () => {
    const loud = model(9).map((layer) => ({ ...layer, flagged: layer.flagged || layer.chamber % 50 === 1 }));
    expect(judgeCandidate(model(4), loud).decision.reasons.join()).toMatch(/false alarms grow/);
  });

  it('decides nothing on too few labels, or none', () => {
    expect(
      judgeCandidate(model(1, { chambers: 10 }), model(9, { chambers: 10 })).decision.reasons.join(),
    ).toMatch(/at least 20 and 200 are needed/);
    expect(judgeCandidate([], []).decision.promote).toBe(false);
  });
});

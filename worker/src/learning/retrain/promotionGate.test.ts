import { normal, seededRandom } from '@dtdqm/contract/random';
import { describe, expect, it } from 'vitest';
import type { JudgedByBoth, JudgedLayer } from './pairedIntervals.ts';
import { defaultGateRules, judgeCandidate } from './promotionGate.ts';

/** A model that parts bad layers from good by so many deviations, and may be blind to one kind. */
function model(separation: number, { blindTo = '', chambers = 300, seed = 1 } = {}): JudgedLayer[] {
  const random = seededRandom(seed);
  return Array.from({ length: chambers }, (_, chamber) =>
    Array.from({ length: 12 }, (__, layer): JudgedLayer => {
      const bad = chamber % 5 === 0 && layer < 4;
      const kind = bad ? (chamber % 2 === 0 ? 'dead-layer' : 'weak-layer') : null;
      const signal = bad && kind !== blindTo ? separation : 0;
      const score = 1 / (1 + Math.exp(2 - normal(random) - signal));
      return {
        run: 4 + 5 * (chamber % 30),
        place: `chamber ${chamber >> 1}`,
        bad,
        kind,
        score,
        flagged: score > 0.9,
      };
    }),
  ).flat();
}

const nothing = { current: [], candidate: [] };
const judge = (
  current: JudgedLayer[],
  candidate: JudgedLayer[],
  { rules = defaultGateRules, simulated = nothing as JudgedByBoth, byBase = current } = {},
) => judgeCandidate({ current, candidate }, simulated, { rules, byBase });

describe('the promotion gate', () => {
  it('lets a clearly better candidate through', () => {
    const { decision, averagePrecision } = judge(model(4), model(8));
    expect(decision).toEqual({ promote: true, reasons: [] });
    expect(averagePrecision.low).toBeGreaterThan(0);
  });

  it('keeps an equal or worse one back, with the reason', () => {
    expect(judge(model(4), model(4)).decision.reasons.join()).toMatch(/average precision gains 0.0000/);
    expect(judge(model(8), model(4)).decision.promote).toBe(false);
  });

  it('keeps one back whose gain is not surely as large as the margin', () => {
    const { averagePrecision } = judge(model(3), model(8));
    const rules = { ...defaultGateRules, margin: averagePrecision.gain! - 0.001 };
    expect(averagePrecision.low).toBeLessThan(rules.margin);
    expect(judge(model(3), model(8), { rules }).decision.reasons.join()).toMatch(/must surely gain/);
  });

  it('is not taken in by one fault that stays in its chamber for many runs', () => {
    // Better on a single chamber only, run after run: a hundred layers, but one observation.
    const lasting = (score: number) =>
      Array.from({ length: 100 }, (_, index): JudgedLayer[] => {
        const layer = { run: 5 * index + 4, place: 'a', bad: true, kind: null, score, flagged: true };
        const others = ['b', 'c', 'd', 'e'].flatMap((place, other): JudgedLayer[] => [
          { ...layer, place, score: 0.6 + other / 100 },
          { ...layer, place, bad: false, score: 0.5 + (index % 7) / 100, flagged: false },
        ]);
        return [layer, ...others];
      }).flat();
    const { averagePrecision, decision } = judge(lasting(0.4), lasting(0.9));
    expect(averagePrecision.gain).toBeGreaterThan(defaultGateRules.margin);
    expect(averagePrecision.low).toBe(0);
    expect(decision.promote).toBe(false);
  });

  it('does not take it for a loss that of many kinds one is found less by chance', () => {
    const kinds = Array.from({ length: 20 }, (_, kind) => `kind ${kind}, injected`);
    const found = (seed: number): JudgedLayer[] => {
      const random = seededRandom(seed);
      return kinds.flatMap((kind) =>
        Array.from({ length: 120 }, (_, run) => {
          const flagged = random() < 0.9;
          return { run, place: `chamber ${run}`, bad: true, kind, score: flagged ? 0.9 : 0.1, flagged };
        }),
      );
    };
    // Each by itself at 95 %, five of twelve equally good candidates would lose one surely.
    const refused = Array.from({ length: 12 }, (_, seed) => {
      const simulated = { current: found(2 * seed + 1), candidate: found(2 * seed + 2) };
      return judge([], [], { simulated }).decision.reasons.some((reason) => /less of kind/.test(reason));
    });
    expect(refused.filter(Boolean).length).toBeLessThanOrEqual(1);
  });

  it('keeps a better one back that loses a kind of fault', () => {
    const rules = { ...defaultGateRules, margin: -1, falseAlarmTolerance: 1 };
    const { decision, kinds } = judge(model(3), model(9, { blindTo: 'weak-layer' }), { rules });
    expect(decision.reasons.some((reason) => /less of weak layer/.test(reason))).toBe(true);
    expect(kinds.map(({ kind }) => kind)).toEqual(['dead-layer', 'weak-layer']);
  });

  it('keeps a better one back that loses a kind of fault of which there are no labels', () => {
    const simulated = {
      current: model(9).filter(({ bad }) => bad),
      candidate: model(9, { blindTo: 'dead-layer' }).filter(({ bad }) => bad),
    };
    expect(judge(model(4), model(8)).decision.promote).toBe(true);
    expect(judge(model(4), model(8), { simulated }).decision.reasons.join()).toMatch(/less of dead layer/);
  });

  const loudIn = (runs: (run: number) => boolean) =>
    model(9).map((layer) => ({ ...layer, flagged: layer.flagged || runs(layer.run) }));

  it('keeps one back that raises more false alarms', () => {
    const loud = loudIn((run) => run % 3 === 0);
    expect(judge(model(4), loud).decision.reasons.join()).toMatch(/false alarms grow/);
  });

  /** Simulated healthy chambers, of whose layers this share is called bad. */
  const healthy = (share: number) =>
    Array.from({ length: 300 }, (_, run) => ({
      run,
      place: `chamber ${run}`,
      bad: false,
      kind: null,
      score: 0.1,
      flagged: run < share * 300,
    }));

  it('keeps one back that raises more false alarms on simulated healthy chambers', () => {
    const reasons = (candidate: number) =>
      judge(model(4), model(8), {
        simulated: { current: healthy(0.01), candidate: healthy(candidate) },
      }).decision.reasons.join();
    expect(reasons(0.01)).toBe('');
    expect(reasons(0.05)).toMatch(/false alarms on simulated healthy chambers grow/);
  });

  it('lets those on simulated healthy chambers double, not more, where labels show fewer than before the teaching', () => {
    const reasons = (candidate: number, byBase: JudgedLayer[]) =>
      judge(model(4), model(8), {
        simulated: { current: healthy(0.1), candidate: healthy(candidate) },
        byBase,
      }).decision.reasons.join();
    const loudBase = loudIn((run) => run % 3 === 0);
    expect(reasons(0.2, loudBase)).toBe('');
    expect(reasons(0.2, model(9))).toMatch(/simulated healthy chambers grow/);
    expect(reasons(0.3, loudBase)).toMatch(/simulated healthy chambers grow by 0.2000 .* more than 0.1005/);
  });

  it('excuses what chance explains: more false alarms in one run, or one fault that is lost', () => {
    const loudOnce = loudIn((run) => run === 9);
    expect(judge(model(4), loudOnce)).toMatchObject({ falseAlarms: { low: 0 }, decision: { promote: true } });
    const lost = model(9);
    const which = lost.findIndex(({ bad, flagged }) => bad && flagged);
    lost[which] = { ...lost[which]!, flagged: false };
    expect(judge(model(4), lost).decision.reasons).toEqual([]);
  });

  it('does not judge by kinds that neither model finds, nor by one fault that stays', () => {
    const lasting = (flagged: boolean): JudgedLayer[] =>
      Array.from({ length: 40 }, (_, run) => ({
        run,
        place: 'one',
        bad: true,
        kind: 'stays',
        score: 0.9,
        flagged,
      }));
    const nobody = lasting(false).map((layer) => ({ ...layer, kind: 'missed', place: `place ${layer.run}` }));
    const { kinds, decision } = judge(
      [...model(4), ...lasting(true), ...nobody],
      [...model(9), ...lasting(false), ...nobody],
      { rules: { ...defaultGateRules, margin: -1 } },
    );
    const judged = Object.fromEntries(kinds.map(({ kind, judged: is }) => [kind, is]));
    expect(judged).toMatchObject({ stays: false, missed: false, 'dead-layer': true });
    expect(decision.promote).toBe(true);
  });

  it('says in words what so many labels can tell', () => {
    const { power, averagePrecision } = judge(model(4), model(4.2));
    const least = defaultGateRules.margin + averagePrecision.gain! - averagePrecision.low!;
    expect(power).toBe(
      `240 bad and 3360 good layers labelled in 30 runs cannot tell a gain in average precision below ${least.toFixed(3)}`,
    );
    expect(judge([], []).power).toMatch(/cannot tell any gain/);
  });

  it('decides nothing on too few labels, or none', () => {
    const few = judge(model(1, { chambers: 10 }), model(9, { chambers: 10 }));
    expect(few.decision.reasons.join()).toMatch(/at least 10 and 200 in 5 are needed/);
    const oneRun = [model(4), model(8)].map((layers) => layers.map((layer) => ({ ...layer, run: 4 })));
    expect(judge(oneRun[0]!, oneRun[1]!).decision.reasons.join()).toMatch(/labelled in 1 runs/);
    expect(judge([], []).decision.promote).toBe(false);
  });

  describe('at its limits', () => {
    const [before, after] = [model(4), model(8)];
    const reasons = (rules: Partial<typeof defaultGateRules>) =>
      judge(before, after, { rules: { ...defaultGateRules, ...rules } }).decision.reasons.join();
    const { averagePrecision, layers, runs } = judge(before, after);

    it('decides on just as many labels as it needs, not on one less', () => {
      const just = { leastBad: layers.bad, leastGood: layers.good, leastRuns: runs };
      expect(reasons(just)).toBe('');
      for (const name of ['leastBad', 'leastGood', 'leastRuns'] as const) {
        expect(reasons({ ...just, [name]: just[name] + 1 })).toMatch(/are needed to decide/);
      }
    });

    it('takes a gain whose low end is the margin, and none below it', () => {
      expect(reasons({ margin: averagePrecision.low! })).toBe('');
      expect(reasons({ margin: averagePrecision.low! + 1e-9 })).toMatch(/must surely gain/);
    });

    it('takes as many more false alarms as are tolerated, and no more', () => {
      const loud = after.map((layer, index) => ({
        ...layer,
        flagged: layer.bad ? layer.flagged : index % 9 === 0,
      }));
      const { falseAlarms } = judge(before, loud);
      const falseAlarmTolerance = falseAlarms.candidate! - falseAlarms.current!;
      const decide = (tolerated: number) =>
        judge(before, loud, { rules: { ...defaultGateRules, falseAlarmTolerance: tolerated } }).decision
          .promote;
      expect(falseAlarmTolerance).toBeGreaterThan(0);
      expect([decide(falseAlarmTolerance), decide(falseAlarmTolerance - 1e-9)]).toEqual([true, false]);
    });

    it('takes as great a loss of a kind as is tolerated, and judges no kind of which there are too few', () => {
      const layer = (index: number, flagged: boolean): JudgedLayer => ({
        run: index,
        place: `place ${index}`,
        bad: true,
        kind: 'dead-half, simulated',
        score: 0.9,
        flagged,
      });
      const of = (found: number) => Array.from({ length: 10 }, (_, index) => layer(index, index < found));
      const decide = (rules: Partial<typeof defaultGateRules>) =>
        judge(before, after, {
          simulated: { current: of(10), candidate: of(4) },
          rules: { ...defaultGateRules, ...rules },
        }).decision.promote;
      expect(decide({ kindTolerance: 1 - 0.4 })).toBe(true);
      expect(decide({ kindTolerance: 1 - 0.4 - 1e-9 })).toBe(false);
      expect(decide({ leastOfKind: 10 })).toBe(false);
      expect(decide({ leastOfKind: 11 })).toBe(true);
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strategyNames, type Fault, type StrategyName } from '@dtdqm/contract';
import { normal, seededRandom } from '@dtdqm/contract/random';
import type { Example } from './logistic.ts';
import {
  defaultStrategy,
  strategies,
  type Acquisition,
  type CandidateLayer,
  type Chosen,
  type Knowledge,
} from './strategies.ts';

const drawn = seededRandom(11);
/** Two features, both of mean 0 and standard deviation 1 but for chance. */
const background = Array.from({ length: 300 }, () => [normal(drawn), normal(drawn)]);

const layerOf = (layer: Partial<CandidateLayer>): CandidateLayer => ({
  ...{ layer: 1, score: 0.3, features: [0, 0], randomKey: 0.5 },
  ...layer,
});
const knowing = (labelled: readonly Example[] = []): Knowledge => ({
  labelled,
  background,
  random: seededRandom(5),
});
/** Bad where the first feature is large. */
const labelsOf = (bad: number, good: number): Example[] => [
  ...Array.from({ length: bad }, (_, index) => ({ features: [3 + 0.1 * index, 0], bad: true })),
  ...Array.from({ length: good }, (_, index) => ({ features: [-3 - 0.1 * index, 0], bad: false })),
];
const rank = (name: StrategyName, labelled: readonly Example[] = []) =>
  strategies[name].rank(knowing(labelled));

/** Evenly spread, as fast-check's own doubles are mostly next to nothing. */
const between = (low: number, high: number) =>
  fc.integer({ min: 0, max: 1000 }).map((part) => low + ((high - low) * part) / 1000);
const score = between(0, 1);
const place = fc.tuple(between(-4, 4), between(-4, 4));
const length = ([x, y]: readonly [number, number]) => Math.hypot(x, y);

/** The one whose key is greater, by more than rounding, comes sooner. */
function sooner(
  of: Acquisition,
  [a, keyOfA]: [CandidateLayer, number],
  [b, keyOfB]: [CandidateLayer, number],
) {
  if (Math.abs(keyOfA - keyOfB) < 1e-6) return;
  expect(Math.sign(of(a) - of(b))).toBe(Math.sign(keyOfA - keyOfB));
}
const certainty = (value: number) => Math.abs(value - 0.5);

const byDensity = rank('density-weighted');
const byCommittee = rank('committee', labelsOf(40, 40));
const byGradient = rank('expected-gradient');

/** What each strategy promises of the order in which it asks. A strategy without a promise fails the type check. */
const promises: Record<StrategyName, fc.IProperty<unknown>> = {
  // The fixed random order, whatever the layers look like.
  random: fc.property(score, score, score, score, place, place, (s, t, k, l, p, q) =>
    sooner(
      rank('random'),
      [layerOf({ score: s, randomKey: k, features: p }), -k],
      [layerOf({ score: t, randomKey: l, features: q }), -l],
    ),
  ),
  // Nearest to 0.5 first, whatever the features.
  margin: fc.property(score, score, place, place, (s, t, p, q) =>
    sooner(
      rank('margin'),
      [layerOf({ score: s, features: p }), -certainty(s)],
      [layerOf({ score: t, features: q }), -certainty(t)],
    ),
  ),
  // Highest score first, whatever the features.
  'most-anomalous': fc.property(score, score, place, place, (s, t, p, q) =>
    sooner(
      rank('most-anomalous'),
      [layerOf({ score: s, features: p }), s],
      [layerOf({ score: t, features: q }), t],
    ),
  ),
  // Of equal features the less certain, of equal scores the one with more others near it.
  'density-weighted': fc.property(score, score, place, between(2, 5), (s, t, p, far) => {
    const of = byDensity;
    sooner(
      of,
      [layerOf({ score: s, features: p }), -certainty(s)],
      [layerOf({ score: t, features: p }), -certainty(t)],
    );
    fc.pre(length(p) > 0.1 && certainty(s) < 0.499);
    const out = (by: number) => layerOf({ score: s, features: p.map((value) => (value / length(p)) * by) });
    sooner(of, [out(far), -1], [out(far / 4), 0]);
  }),
  // The farthest from the nearest label first, whatever the score.
  'k-center': fc.property(
    fc.array(place, { minLength: 1, maxLength: 8 }),
    place,
    place,
    score,
    (labels, p, q, s) => {
      const of = rank(
        'k-center',
        labels.map((features) => ({ features, bad: false })),
      );
      const [x, y] = [0, 1].map((column) => deviation(background.map((row) => row[column]!)));
      const nearest = (at: readonly [number, number]) =>
        Math.min(...labels.map((label) => Math.hypot((label[0] - at[0]) / x!, (label[1] - at[1]) / y!)));
      sooner(of, [layerOf({ features: p, score: s }), nearest(p)], [layerOf({ features: q }), nearest(q)]);
    },
  ),
  // Of equal features the less certain; of equal scores the one that is odder and farther from the one label, which is in the middle.
  mixed: fc.property(score, score, place, between(0, 0.8), (s, t, p, by) => {
    const of = rank('mixed', [{ features: background[0]!.map(() => 0), bad: false }]);
    fc.pre(length(p) > 1 && p.every((value) => Math.abs(value) > 0.5) && certainty(s) < 0.499);
    sooner(
      of,
      [layerOf({ score: s, features: p }), -certainty(s)],
      [layerOf({ score: t, features: p }), -certainty(t)],
    );
    const inner = layerOf({ score: s, features: p.map((value) => value * by) });
    expect(of(layerOf({ score: s, features: p }))).toBeGreaterThanOrEqual(of(inner));
  }),
  // Where all who learned from the labels call a layer bad, the lower the model's score the greater the disagreement.
  committee: fc.property(score, score, between(2.5, 4), (s, t, x) => {
    const of = byCommittee;
    fc.pre(Math.max(s, t) < 0.9);
    const at = (value: number) => layerOf({ features: [x, 0], score: value });
    sooner(of, [at(s), -s], [at(t), -t]);
  }),
  // Of equal features the less certain, of equal scores the one with the longer input.
  'expected-gradient': fc.property(score, score, place, between(1.2, 3), (s, t, p, by) => {
    const of = byGradient;
    sooner(
      of,
      [layerOf({ score: s, features: p }), -certainty(s)],
      [layerOf({ score: t, features: p }), -certainty(t)],
    );
    fc.pre(length(p) > 1 && certainty(s) < 0.499);
    sooner(
      of,
      [layerOf({ score: s, features: p.map((value) => value * by) }), 1],
      [layerOf({ score: s, features: p }), 0],
    );
  }),
  // While few bad ones are known the rarest first, whatever the score; then the least certain, whatever the features.
  'outlier-then-margin': fc.property(
    score,
    score,
    fc.nat(4),
    fc.integer({ min: 5, max: 9 }),
    (s, t, few, many) => {
      const cold = rank('outlier-then-margin', labelsOf(few, 30));
      sooner(cold, [layerOf({ score: s, features: [3, 3] }), 1], [layerOf({ score: t }), 0]);
      const warm = rank('outlier-then-margin', labelsOf(many, 0));
      sooner(
        warm,
        [layerOf({ score: s, features: [3, 3] }), -certainty(s)],
        [layerOf({ score: t }), -certainty(t)],
      );
    },
  ),
};

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('every strategy', () => {
  it.each(strategyNames)('%s keeps the order that it promises', (name) => {
    fc.assert(promises[name], { numRuns: 200 });
  });

  it.each(strategyNames)('%s follows labels if it says so, and not otherwise', (name) => {
    const layers = background.map(([x, y], index) =>
      layerOf({ features: [x!, y!], score: (index + 0.5) / background.length, randomKey: drawn() }),
    );
    const ranked = (labelled: Example[]) => layers.map(rank(name, labelled));
    const isFollowing = JSON.stringify(ranked(labelsOf(20, 20))) !== JSON.stringify(ranked([]));
    expect(strategies[name].followsLabels).toBe(isFollowing);
  });

  it.each(strategyNames)('%s stays between 0 and 1, and says in a sentence what it does', (name) => {
    const { about } = strategies[name];
    expect(about).toMatch(/^[A-Z].{30,}\.$/);
    for (const labelled of [[], labelsOf(20, 20)]) {
      const of = rank(name, labelled);
      fc.assert(
        fc.property(score, place, score, (s, features, randomKey) => {
          const value = of(layerOf({ score: s, features, randomKey }));
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }),
      );
    }
  });

  it('that reads scores alone may be asked about layers whose features nobody kept', () => {
    for (const name of strategyNames.filter((each) => strategies[each].reads === 'scores')) {
      expect(rank(name)(layerOf({ features: [] }))).toBeCloseTo(rank(name)(layerOf({})), 12);
    }
    expect(strategyNames.filter((name) => strategies[name].reads === 'scores')).toEqual(
      expect.arrayContaining(['random', 'margin', 'most-anomalous']),
    );
  });

  it('by default learns from labels', () => {
    expect(strategies[defaultStrategy].followsLabels).toBe(true);
  });

  it('but the random one asks about duplicates later', () => {
    expect(strategyNames.filter((name) => strategies[name].ignoresDuplicates)).toEqual(['random']);
  });
});

describe('margin', () => {
  it('is 1 at 0.5 and 0 where the model is certain', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((s) => rank('margin')(layerOf({ score: s })))).toEqual([
      0, 0.5, 1, 0.5, 0,
    ]);
  });
});

describe('density weighting', () => {
  it('is the uncertainty alone before anything is known of other layers', () => {
    const of = strategies['density-weighted'].rank({ ...knowing(), background: [] });
    expect(of(layerOf({ score: 0.25, features: [9, 9] }))).toBe(0.5);
  });

  it('is the mean likeness to a hundred layers, times the uncertainty', () => {
    // All the same but the last, which is beyond the hundred: 1 / (1 + 0) of each.
    const of = strategies['density-weighted'].rank({
      ...knowing(),
      background: [...Array.from({ length: 100 }, () => [0]), ...Array.from({ length: 100 }, () => [1])],
    });
    expect(of(layerOf({ score: 0.5, features: [0] }))).toBeCloseTo(1, 12);
    // Two deviations of 0.5 away.
    expect(of(layerOf({ score: 0.25, features: [1] }))).toBeCloseTo(0.5 / 3, 12);
  });
});

describe('mixed', () => {
  it('asks once about what is alike, before there is an answer', () => {
    const of = rank('mixed');
    const [odd, twin, other] = [
      [3, 3],
      [3, 3.01],
      [-3, 2.5],
    ].map((features) => layerOf({ features }));
    expect(of(odd!)).toBeGreaterThan(of(other!));
    of.select!(odd!);
    expect(of(twin!)).toBeLessThan(of(other!) / 10);
  });

  it('still asks where the model is nearly sure, and not where it is wholly', () => {
    const at = (s: number) => rank('mixed')(layerOf({ score: s, features: [3, 3] }));
    expect(at(0.01) / at(0.5)).toBeGreaterThan(0.15);
    expect([at(0), at(1)]).toEqual([0, 0]);
  });
});

describe('k-center', () => {
  it('begins with what is farthest from the middle of all', () => {
    const of = rank('k-center');
    const [near, far] = [of(layerOf({ features: [0, 0] })), of(layerOf({ features: [2, 2] }))];
    expect(near).toBeLessThan(0.2);
    expect(far).toBeGreaterThan(0.7);
    // Half way from 0 to 1 at one standard deviation.
    const one = strategies['k-center'].rank({ ...knowing(), background: [[-1], [1]] });
    expect(one(layerOf({ features: [1] }))).toBeCloseTo(0.5, 12);
  });

  it('stands still without a background', () => {
    const of = strategies['k-center'].rank({ ...knowing(), background: [] });
    expect(of(layerOf({ features: [4, 4] }))).toBe(0);
  });

  it('measures from the latest 500 labels', () => {
    const old: Example = { features: [3, 3], bad: true };
    const recent = Array.from({ length: 499 }, (): Example => ({ features: [-3, -3], bad: false }));
    const at = layerOf({ features: [3, 3] });
    expect(rank('k-center', [old, ...recent])(at)).toBe(0);
    expect(rank('k-center', [old, ...recent, recent[0]!])(at)).toBeGreaterThan(0.5);
  });

  it('takes what is asked about for a centre', () => {
    const of = rank('k-center');
    const layer = layerOf({ features: [2, 2] });
    const other = layerOf({ features: [-2, 2] });
    const before = of(other);
    of.select?.(layer);
    expect(of(layer)).toBe(0);
    expect(of(other)).toBe(before);
  });
});

describe('a committee', () => {
  it('before both kinds are known looks where the model and oddity disagree', () => {
    const of = rank('committee', labelsOf(0, 20));
    expect(of(layerOf({ features: [9, 9], score: 1 }))).toBeCloseTo(0, 6);
    expect(of(layerOf({ features: [9, 9], score: 0.25 }))).toBeCloseTo(0.75, 6);
    expect(of(layerOf({ features: [0, 0], score: 0.9 }))).toBeGreaterThan(0.8);
  });

  it('is twice the standard deviation of its five members and the model', () => {
    const of = rank('committee', labelsOf(60, 60));
    // All members are nearly sure, so that the model is one against five: 2 sqrt(5 / 36).
    expect(of(layerOf({ features: [4, 0], score: 0 }))).toBeCloseTo(2 * Math.sqrt(5 / 36), 1);
    expect(of(layerOf({ features: [4, 0], score: 1 }))).toBeLessThan(0.05);
    expect(of(layerOf({ features: [-4, 0], score: 0 }))).toBeLessThan(0.05);
  });
});

describe('expected gradient', () => {
  it('is 2 p (1 - p) times the length of the input with its constant, brought below 1', () => {
    const of = strategies['expected-gradient'].rank({ ...knowing(), background: [[-1], [1]] });
    const expected = 2 * 0.2 * 0.8 * Math.sqrt(1 + 3 ** 2);
    expect(of(layerOf({ score: 0.2, features: [3] }))).toBeCloseTo(expected / (1 + expected), 12);
  });
});

describe('the reason', () => {
  const scores = [0.02, 0.55, 0.97, -1, -1, -1, -1, -1, 0.1, 0.1, 0.1, 0.1];
  const fault = (kind: Fault['kind'], ...layers: number[]): Fault => ({
    kind,
    layers,
    wires: null,
    confidence: 1,
  });
  const chosen: Chosen = {
    focus: 3,
    scores,
    verdicts: ['good', 'bad', 'bad'],
    faults: [fault('dead-cells', 1), fault('front-end-board', 2, 3)],
  };
  const reasonOf = (name: StrategyName, of: Chosen = chosen) => strategies[name].reason(of);

  it('says what each strategy looked for', () => {
    expect(Object.fromEntries(strategyNames.map((name) => [name, reasonOf(name)]))).toEqual({
      random: 'Drawn at random.',
      margin: 'The model is least sure of layer 2: score 0.55.',
      'most-anomalous': 'Layer 3 looks worst: score 0.97, front-end board.',
      'density-weighted': 'The model is unsure of layer 3 (score 0.97), and many others look like it.',
      'k-center': 'Layer 3 is unlike anything labelled so far.',
      mixed:
        'Layer 3 (score 0.97) is among those that stand out most where the model is less than sure and no label is alike.',
      committee: 'Models trained on different labels disagree most about layer 3 (score 0.97).',
      'expected-gradient': 'A label of layer 3 (score 0.97) would change the model most.',
      'outlier-then-margin': 'Layer 3 stands out: score 0.97, front-end board.',
    } satisfies Record<StrategyName, string>);
  });

  it('says so where a fault is named that is not called bad, and never calls another layer the worst', () => {
    const excused: Chosen = {
      focus: 9,
      scores: scores.map((score) => Math.min(score, 0.2)),
      verdicts: scores.map(() => 'good'),
      faults: [fault('hot-layer', 9)],
    };
    expect(reasonOf('mixed', excused)).toBe(
      'Layer 9 (score 0.10) is among those that stand out most where a fault is named that is not called bad (hot layer) and no label is alike.',
    );
    expect(reasonOf('most-anomalous', excused)).toBe('Layer 2 looks worst: score 0.20.');
  });

  it('names no fault that is not of the layer, and no score that is not known', () => {
    expect(reasonOf('most-anomalous', { ...chosen, faults: [fault('dead-cells', 1)] })).toBe(
      'Layer 3 looks worst: score 0.97.',
    );
    expect(reasonOf('outlier-then-margin', { focus: 3, scores: [], verdicts: [], faults: [] })).toBe(
      'Layer 3 stands out: score unknown.',
    );
    expect(reasonOf('committee', { ...chosen, focus: 5 })).toContain('layer 5 (score unknown)');
    expect(reasonOf('margin', { ...chosen, scores: [] })).toBe('The model is least sure here.');
    expect(reasonOf('margin', { ...chosen, scores: [-1, -1, 0.9, 0.4, 0.6] })).toBe(
      'The model is least sure of layer 4: score 0.40.',
    );
  });
});

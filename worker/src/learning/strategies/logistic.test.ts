import { normal, seededRandom } from '@dtdqm/contract/random';
import { describe, expect, it } from 'vitest';
import { fitCommittee, fitLogistic, type Example } from './logistic.ts';

function sample(count: number, shift: number, seed = 1): Example[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const bad = index % 10 === 0;
    return { features: [normal(random) + (bad ? shift : 0), normal(random)], bad };
  });
}

describe('logistic regression', () => {
  it('finds the log-odds that made the data', () => {
    // Two normals of equal width, 2 apart, one ten times rarer: logit = 2 x - 2 - ln 9.
    const head = fitLogistic(sample(20_000, 2), { ridge: 0.001 });
    for (const x of [-1, 0, 1, 2, 3]) {
      const expected = 1 / (1 + Math.exp(-(2 * x - 2 - Math.log(9))));
      expect(head([x, 0])).toBeCloseTo(expected, 1);
    }
  });

  it('stays calm where the classes part cleanly, and ranks them right', () => {
    const examples = sample(300, 40);
    const head = fitLogistic(examples);
    const scores = (bad: boolean) =>
      examples.filter((each) => each.bad === bad).map(({ features }) => head(features));
    expect(Math.min(...scores(true))).toBeGreaterThan(0.9);
    expect(Math.max(...scores(false))).toBeLessThan(0.1);
  });

  it('of one class says so everywhere', () => {
    const head = fitLogistic([
      { features: [0], bad: false },
      { features: [1], bad: false },
    ]);
    expect(head([5])).toBeLessThan(0.1);
  });
});

describe('a fit', () => {
  it('pulls weights towards 0, but not the constant', () => {
    const examples = [-1, 1].flatMap((x) =>
      Array.from({ length: 50 }, () => ({ features: [x], bad: true })).concat({ features: [x], bad: false }),
    );
    // The constant alone tells how many are bad: 50 of 51.
    expect(fitLogistic(examples)([0])).toBeCloseTo(50 / 51, 4);
    const parted: Example[] = [
      { features: [-1], bad: false },
      { features: [1], bad: true },
    ];
    // Where the penalised loss w² / 2 + 2 log(1 + exp(-w)) is least: w = 2 / (1 + exp(w)).
    const weight = (ridge?: number) => {
      const p = fitLogistic(parted, ridge === undefined ? {} : { ridge })([1]);
      return Math.log(p / (1 - p));
    };
    const least = (ridge: number, w: number) => ridge * w - 2 / (1 + Math.exp(w));
    expect(least(1, weight())).toBeCloseTo(0, 2);
    expect(least(10, weight(10))).toBeCloseTo(0, 2);
  });

  it('does not run away where a whole Newton step would', () => {
    const examples: Example[] = [
      ...Array.from({ length: 30 }, (_, index) => ({ features: [index / 10], bad: false })),
      { features: [500], bad: true },
      { features: [-400], bad: true },
      { features: [0.5], bad: true },
    ];
    const head = fitLogistic(examples, { ridge: 1e-6 });
    const loss = (of: (features: readonly number[]) => number) =>
      examples.reduce((sum, { features, bad }) => sum - Math.log(bad ? of(features) : 1 - of(features)), 0);
    expect(loss(head)).toBeLessThanOrEqual(loss(() => 3 / 33) + 1e-6);
  });
});

describe('a committee', () => {
  it('disagrees where it has seen little', () => {
    const heads = fitCommittee(sample(400, 3), seededRandom(2));
    const spread = (features: number[]) => {
      const votes = heads.map((head) => head(features));
      return Math.max(...votes) - Math.min(...votes);
    };
    expect(spread([-3, 0])).toBeLessThan(spread([2, 0]));
  });

  it('does not exist before both kinds are known', () => {
    expect(
      fitCommittee(
        sample(400, 3).filter(({ bad }) => !bad),
        seededRandom(2),
      ),
    ).toEqual([]);
  });

  it('needs two of each kind, and has five members unless told otherwise', () => {
    const [bad, good] = [
      { features: [1], bad: true },
      { features: [-1], bad: false },
    ];
    expect(fitCommittee([bad, good, good], seededRandom(1))).toEqual([]);
    expect(fitCommittee([bad, bad, good], seededRandom(1))).toEqual([]);
    expect(fitCommittee([bad, bad, good, good], seededRandom(1))).toHaveLength(5);
    expect(fitCommittee([bad, bad, good, good], seededRandom(1), 2)).toHaveLength(2);
  });
});

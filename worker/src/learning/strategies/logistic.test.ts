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
});

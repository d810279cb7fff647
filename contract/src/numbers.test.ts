import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as numbers from './numbers.ts';
import { chance, fnv1a, integer, normal, pick, randomOf, seededRandom, shuffled } from './random.ts';

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

describe('numbers', () => {
  it('adds, averages and scatters as defined', () => {
    expect(numbers.sum([1, 2, 4])).toBe(7);
    expect(numbers.sumOf(['a', 'bcd'], ({ length }) => length)).toBe(4);
    expect(numbers.mean(Float32Array.of(1, 2, 6))).toBe(3);
    expect(numbers.variance([2, 4, 4, 4, 5, 5, 7, 9])).toBe(4);
    expect(numbers.standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBe(2);
    expect(numbers.sampleStandardDeviation([1, 3])).toBeCloseTo(Math.SQRT2, 12);
  });

  it('takes quantiles as NumPy does, or one of the values', () => {
    expect(numbers.median([9, 1, 4, 2])).toBe(3);
    expect(numbers.median([9, 1, 4])).toBe(4);
    expect(numbers.quantile([1, 2, 3, 4, 5, 10], 0.25)).toBe(2.25);
    expect(numbers.upperQuantile([9, 1, 4, 2], 0.5)).toBe(4);
    expect(numbers.upperQuantile([9, 1, 4, 2], 0.25)).toBe(2);
    expect(numbers.upperQuantile([1, Infinity, Infinity], 0.5)).toBe(Infinity);
  });

  it('says NaN of none', () => {
    for (const of of [numbers.mean, numbers.median, numbers.variance]) expect(of([])).toBeNaN();
    expect(numbers.quantile([], 0.1)).toBeNaN();
    expect(numbers.upperQuantile([], 0.1)).toBeNaN();
    expect(numbers.sum([])).toBe(0);
  });

  it('keeps quantiles within the values, rising with the share, and the input as it was', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (sample, share) => {
        const before = [...sample];
        for (const of of [numbers.quantile, numbers.upperQuantile]) {
          // -0 and 0 are one value to whoever counts.
          expect(of(sample, 0) + 0).toBe(Math.min(...sample) + 0);
          expect(of(sample, 1) + 0).toBe(Math.max(...sample) + 0);
          expect(of(sample, share)).toBeLessThanOrEqual(of(sample, 1));
          expect(of(sample, share / 2)).toBeLessThanOrEqual(of(sample, share) + 1e-9);
        }
        expect(sample).toEqual(before);
      }),
    );
  });
});

// What is recorded (shipped weights, simulated chambers, attributions, intervals) depends on these very streams.
describe('random', () => {
  it('gives the streams that recorded results were made with', () => {
    const stream = (random: () => number) => Array.from({ length: 3 }, () => Math.floor(random() * 2 ** 32));
    expect(stream(seededRandom(1))).toMatchInlineSnapshot(`
      [
        2693262067,
        11749833,
        2265367787,
      ]
    `);
    expect(stream(randomOf(7, 'counted', -2, 1))).toMatchInlineSnapshot(`
      [
        442984076,
        3711765391,
        890915541,
      ]
    `);
    expect(fnv1a('noise 1')).toMatchInlineSnapshot(`2176722966`);
    expect(normal(seededRandom(3))).toMatchInlineSnapshot(`1.5492425833682681`);
    expect(shuffled([1, 2, 3, 4, 5, 6], seededRandom(2))).toMatchInlineSnapshot(`
      [
        1,
        3,
        4,
        6,
        2,
        5,
      ]
    `);
  });

  it('keeps streams of different paths apart', () => {
    const paths = [['a', 1], ['a', 2], ['a1'], [1, 'a'], ['1', 'a']];
    expect(new Set(paths.map((path) => randomOf(...path)())).size).toBe(paths.length);
  });

  it('draws whole numbers and items within their limits, each of them', () => {
    const random = seededRandom(4);
    const drawn = new Set(Array.from({ length: 200 }, () => integer(random, 3, 6)));
    expect([...drawn].sort()).toEqual([3, 4, 5, 6]);
    const picked = new Set(Array.from({ length: 200 }, () => pick(random, ['x', 'y'])));
    expect([...picked].sort()).toEqual(['x', 'y']);
    expect(chance(random, 0)).toBe(false);
    expect(chance(random, 1)).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaleToMaximum, scaleTransposed } from './scale.ts';

const hits = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 60 });

describe('scaleToMaximum', () => {
  test('makes the greatest cell 1 whatever the rate', () => {
    fc.assert(
      fc.property(hits, fc.integer({ min: 1, max: 50 }), (values, factor) => {
        fc.pre(values.some((value) => value > 0));
        const once = scaleToMaximum(Float64Array.from(values));
        expect(Math.max(...once)).toBe(1);
        scaleToMaximum(Float64Array.from(values, (value) => value * factor)).forEach((value, index) =>
          expect(value).toBeCloseTo(once[index]!, 12),
        );
      }),
    );
  });

  test('leaves a layer without hits at zero', () => {
    expect([...scaleToMaximum(new Float64Array(5))]).toEqual([0, 0, 0, 0, 0]);
  });

  test('has the gradient it says, the greatest cell included', () => {
    const values = Float64Array.of(3, 8, 20, 1);
    const weights = [0.5, -2, 1, 3];
    const weighed = (cells: Float64Array) =>
      scaleToMaximum(cells).reduce((sum, value, index) => sum + value * weights[index]!, 0);
    scaleTransposed(values, weights).forEach((slope, index) => {
      const shifted = (by: number) => values.map((value, cell) => (cell === index ? value + by : value));
      expect(slope).toBeCloseTo((weighed(shifted(1e-4)) - weighed(shifted(-1e-4))) / 2e-4, 6);
    });
  });
});

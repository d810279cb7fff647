import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNumber } from './histograms.ts';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-1, '-1'],
    [42, '42'],
    [999_999, '999999'],
    [1_000_000, '1e+06'],
    [1_234_500, '1.2345e+06'],
    [1_234_567, '1.23457e+06'],
    [999_999.7, '1e+06'],
    [0.5, '0.5'],
    [0.000012, '1.2e-05'],
    [123_456_789_012, '1.23457e+11'],
  ])('writes %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('keeps counts below a million exactly, and larger ones to six digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (count) => {
        const read = Number(formatNumber(count));
        expect(Math.abs(read - count)).toBeLessThanOrEqual(count < 1e6 ? 0 : count * 5e-6);
      }),
    );
  });
});

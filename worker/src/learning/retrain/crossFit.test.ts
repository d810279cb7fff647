import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { raiseFor } from './crossFit.ts';

describe('limits that labelled good layers raise', () => {
  const above = (excess: readonly number[], shift: number) =>
    excess.filter((each) => each - shift >= 0).length;
  const excesses = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { maxLength: 40 });

  it('leave no more of them above than are allowed, never fall, and rise no further than that needs', () => {
    fc.assert(
      fc.property(excesses, fc.nat({ max: 10 }), (excess, most) => {
        const raise = raiseFor(excess, most);
        expect(raise).toBeGreaterThanOrEqual(0);
        expect(above(excess, raise)).toBeLessThanOrEqual(most);
        if (raise > 0) expect(above(excess, raise - 2e-6)).toBeGreaterThan(most);
      }),
    );
  });

  it('stay where they are when no more are above than before', () => {
    expect(raiseFor([], 0)).toBe(0);
    expect(raiseFor([1, -1, -2], 1)).toBe(0);
    expect(raiseFor([1, 0.5, -2], 1)).toBeCloseTo(0.5, 5);
  });
});

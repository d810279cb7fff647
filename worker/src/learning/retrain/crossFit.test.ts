import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitShift } from './crossFit.ts';

describe('limits that labelled good layers move', () => {
  const above = (excess: readonly number[], shift: number) =>
    excess.filter((each) => each - shift >= 0).length;
  const excesses = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { maxLength: 40 });

  it('leave no more of them above than the model has, and rise no further than that needs', () => {
    fc.assert(
      fc.property(excesses, fc.nat({ max: 10 }), (excess, before) => {
        const shift = limitShift(excess, before);
        expect(above(excess, shift)).toBeLessThanOrEqual(before);
        if (shift > 0) expect(above(excess, shift - 2e-6)).toBeGreaterThan(before);
      }),
    );
  });

  it('fall only while half as many are above, and no less far than that lets them', () => {
    fc.assert(
      fc.property(excesses, fc.integer({ min: 4, max: 10 }), (excess, before) => {
        const others = Array.from({ length: 10 * before }, () => -10);
        const all = [...excess, ...others];
        const shift = limitShift(all, before);
        if (shift > 0) return;
        const isFewer = above(all, 0) <= before / 2;
        expect(shift < 0).toBe(isFewer && above(all, -2e-6) <= before / 2);
        if (shift < 0) expect(above(all, shift)).toBeLessThanOrEqual(before / 2);
        if (shift < 0) expect(above(all, shift - 2e-6)).toBeGreaterThan(Math.floor(before / 2));
      }),
    );
  });

  it('leave no more above than the model in use has, where that has fewer', () => {
    fc.assert(
      fc.property(excesses, fc.nat({ max: 10 }), fc.nat({ max: 10 }), (excess, before, inUse) => {
        const all = [...excess, ...Array.from({ length: 10 * before }, () => -10)];
        expect(above(all, limitShift(all, before, inUse))).toBeLessThanOrEqual(Math.min(before, inUse));
        expect(limitShift(all, before, inUse)).toBeGreaterThanOrEqual(limitShift(all, before));
      }),
    );
  });

  it('stay where they are when the model raises too few to tell', () => {
    expect(limitShift([], 0)).toBe(0);
    expect(limitShift([-1, -2, -3, -4], 3)).toBe(0);
    expect(limitShift([1, -1, -2], 1)).toBe(0);
    expect(limitShift([1, 0.5, -2], 1)).toBeCloseTo(0.5, 5);
    const others = Array.from({ length: 40 }, () => -5);
    expect(limitShift([1, 0.5, -2, -3, ...others], 4)).toBeCloseTo(-2, 5);
    expect(limitShift([1, 0.5, ...others.slice(4)], 4)).toBe(0);
    expect(limitShift([1, -1, ...others.slice(0, 38)], 40 / 10)).toBeCloseTo(-5, 5);
  });
});

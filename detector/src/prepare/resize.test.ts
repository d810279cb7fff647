import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resize, resizeTransposed } from './resize.ts';

const layer = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 120 });
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, index) => sum + value * b[index]!, 0);

describe('resize', () => {
  test('puts half-pixel centres on straight lines between cells', () => {
    expect([...resize(Float64Array.of(0, 4, 8, 12), 2)]).toEqual([2, 10]);
    expect([...resize(Float64Array.of(0, 6, 12), 2)]).toEqual([1.5, 10.5]);
  });

  test('mixes with zeros outside when it stretches', () => {
    expect([...resize(Float64Array.of(4, 8), 4)]).toEqual([3, 5, 7, 6]);
  });

  test('changes nothing when the length stays', () => {
    fc.assert(
      fc.property(layer, (values) => {
        expect([...resize(Float64Array.from(values), values.length)]).toEqual(values);
      }),
    );
  });

  test('keeps a flat layer of at least the same length flat', () => {
    fc.assert(
      fc.property(fc.integer({ min: 47, max: 120 }), fc.integer({ min: 0, max: 1000 }), (length, level) => {
        for (const value of resize(new Float64Array(length).fill(level), 47))
          expect(value).toBeCloseTo(level, 9);
      }),
    );
  });

  test('has the transpose it says: <resize(x), g> = <x, transposed(g)>', () => {
    const gradient = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), {
      minLength: 47,
      maxLength: 47,
    });
    fc.assert(
      fc.property(layer, gradient, (values, g) => {
        const back = new Float64Array(values.length);
        resizeTransposed(g, back);
        expect(dot(values, back)).toBeCloseTo(dot(resize(Float64Array.from(values), 47), g), 5);
      }),
    );
  });
});

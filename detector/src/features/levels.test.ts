import { describe, expect, it } from 'vitest';
import { meanOfWires } from './levels.ts';

const flat = (wires: number, hits: number) => new Float64Array(wires).fill(hits);

describe('the mean of a layer', () => {
  it('is that of its other wires where some are noisy', () => {
    const layer = flat(60, 20);
    layer.fill(2000, 10, 26);
    expect(meanOfWires(layer)).toBeCloseTo(20, 6);
  });

  it('is that of all wires where some are dead or weak, or where it hardly counts', () => {
    const half = flat(60, 100);
    half.fill(0, 0, 30);
    expect(meanOfWires(half)).toBe(50);
    const most = flat(60, 100);
    most.fill(0, 0, 50);
    expect(meanOfWires(most)).toBeGreaterThan(10);
    const few = flat(60, 0);
    few.fill(1, 0, 12);
    expect(meanOfWires(few)).toBe(0.2);
  });
});

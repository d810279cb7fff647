import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrange, rowsOf } from './arrangement.ts';

const wheel = { width: 800, height: 800 };
const block = { width: 450, height: 194 };

describe('arrange', () => {
  it('puts five wheels in a row on a wide display and one over another on a narrow one', () => {
    expect(arrange({ width: 1900, height: 400 }, wheel, null).wheelColumns).toBe(5);
    expect(arrange({ width: 300, height: 2000 }, wheel, null).wheelColumns).toBe(1);
  });

  it('never needs more room than there is', () => {
    const side = fc.integer({ min: 100, max: 4000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const { wheelColumns, gridColumns, wheelScale, gridScale } = arrange({ width, height }, wheel, block);
        const needed =
          rowsOf(wheelColumns) * wheelScale * wheel.height + rowsOf(gridColumns) * gridScale * block.height;
        expect(needed).toBeLessThanOrEqual(height + 1e-6);
        expect(wheelColumns * wheelScale * wheel.width).toBeLessThanOrEqual(width + 1e-6);
        expect(gridColumns * gridScale * block.width).toBeLessThanOrEqual(width + 1e-6);
      }),
    );
  });
});

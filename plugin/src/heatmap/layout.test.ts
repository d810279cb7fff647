import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenChamber, layoutFor } from './heatmap.fixture.ts';
import { cellAt } from './layout.ts';

describe('heatmapLayout', () => {
  it('draws layer 12 on top and layer 1 at the bottom', () => {
    const { rows } = layoutFor(evenChamber());
    expect(rows.map(({ layer }) => layer)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    rows.slice(1).forEach((row, index) => expect(row.y).toBeGreaterThan(rows[index]?.y ?? Infinity));
  });

  it('sets superlayers apart and names them, outermost first', () => {
    const { superlayers } = layoutFor(evenChamber());
    expect(superlayers.map(({ name }) => name)).toEqual(['SL3 φ', 'SL2 θ', 'SL1 φ']);
    const [top, middle] = superlayers;
    expect((middle?.y ?? 0) - ((top?.y ?? 0) + (top?.height ?? 0))).toBeCloseTo(8, 0);
  });

  it('puts every edge on a device pixel, whatever the pixel ratio', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 2500 }),
        fc.integer({ min: 120, max: 1200 }),
        fc.constantFrom(1, 1.25, 1.5, 2, 3),
        (width, height, ratio) => {
          const { edges, rows } = layoutFor(evenChamber(), width, height, ratio);
          for (const edge of [...edges, ...rows.map(({ y }) => y)]) {
            expect(Math.abs(edge * ratio - Math.round(edge * ratio))).toBeLessThan(1e-6);
          }
        },
      ),
    );
  });

  it('finds the cell whose middle is pointed at, for every cell', () => {
    const layout = layoutFor(evenChamber());
    for (const { layer, y, height } of layout.rows) {
      for (let wire = 1; wire <= 49; wire += 1) {
        const x = ((layout.edges[wire - 1] ?? 0) + (layout.edges[wire] ?? 0)) / 2;
        expect(cellAt(layout, x, y + height / 2)).toEqual({ layer, wire });
      }
    }
  });

  it('finds no cell between superlayers and outside the plot', () => {
    const layout = layoutFor(evenChamber());
    const [top] = layout.superlayers;
    const between = (top?.y ?? 0) + (top?.height ?? 0) + 4;
    expect(cellAt(layout, 300, between)).toBeNull();
    expect(cellAt(layout, 2, 50)).toBeNull();
    expect(cellAt(layout, 899, 50)).toBeNull();
  });
});

import { allChambers, formatChamber } from '@dtdqm/contract';
import { describe, expect, it } from 'vitest';
import {
  arrange,
  cornersOf,
  gridPlaceOf,
  innerRadius,
  middleOf,
  neighbour,
  outerRadius,
  placeOf,
  rowsOf,
} from './geometry.ts';
import fc from 'fast-check';

const wheelZero = allChambers.filter(({ wheel }) => wheel === 0);

/** True when some line separates two convex polygons (separating axis theorem). */
function apart(a: [number, number][], b: [number, number][]): boolean {
  return [a, b].some((polygon) =>
    polygon.some(([x, y], index) => {
      const [nextX, nextY] = polygon[(index + 1) % polygon.length] ?? [0, 0];
      const axis = [nextY - y, x - nextX] as const;
      const along = (points: [number, number][]) => points.map(([px, py]) => px * axis[0] + py * axis[1]);
      const [first, second] = [along(a), along(b)];
      return Math.max(...first) <= Math.min(...second) || Math.max(...second) <= Math.min(...first);
    }),
  );
}

describe('barrel geometry', () => {
  it('draws no chamber over another', () => {
    const shapes = wheelZero.map((chamber) => ({
      name: formatChamber(chamber),
      corners: cornersOf(placeOf(chamber)),
    }));
    const covered = shapes.flatMap((a, index) =>
      shapes.slice(index + 1).flatMap((b) => (apart(a.corners, b.corners) ? [] : [`${a.name} ${b.name}`])),
    );
    expect(covered).toEqual([]);
  });

  it('keeps every chamber between the inner and the outer radius', () => {
    for (const [x, y] of wheelZero.flatMap((chamber) => cornersOf(placeOf(chamber)))) {
      expect(Math.hypot(x, y)).toBeGreaterThan(innerRadius);
      expect(Math.hypot(x, y)).toBeLessThan(outerRadius);
    }
  });

  it('puts sector 4 at the top, 10 at the bottom, 13 and 14 beside them', () => {
    const middle = (sector: number) => middleOf(placeOf({ wheel: 0, station: 4, sector }));
    expect(middle(4)[1]).toBeCloseTo(middle(13)[1]);
    expect(middle(10)[1]).toBeCloseTo(middle(14)[1]);
    expect(middle(4)[1]).toBeGreaterThan(7000);
    expect(middle(10)[1]).toBeLessThan(-7000);
    expect(middle(1)[0]).toBeGreaterThan(7000);
  });
});

describe('unrolled grid', () => {
  it('gives every chamber a place of its own', () => {
    const places = allChambers.map((chamber) => JSON.stringify(gridPlaceOf(chamber)));
    expect(new Set(places).size).toBe(250);
  });

  it('can be walked by arrow keys from any chamber to any other', () => {
    const reached = new Set(['W0_St1_Sec1']);
    const open = [{ wheel: 0 as const, station: 1 as const, sector: 1 }] as (typeof allChambers)[number][];
    for (let chamber = open.pop(); chamber; chamber = open.pop()) {
      for (const direction of ['left', 'right', 'up', 'down'] as const) {
        const next = neighbour(chamber, direction);
        if (!reached.has(formatChamber(next))) open.push(next);
        reached.add(formatChamber(next));
      }
    }
    expect(reached.size).toBe(250);
  });
});

const wheelSize = { width: 800, height: 800 };
const blockSize = { width: 450, height: 194 };

describe('arrange', () => {
  it('puts five wheels in a row on a wide display and one over another on a narrow one', () => {
    expect(arrange({ width: 1900, height: 400 }, wheelSize, null).wheelColumns).toBe(5);
    expect(arrange({ width: 300, height: 2000 }, wheelSize, null).wheelColumns).toBe(1);
  });

  it('never needs more room than there is', () => {
    const side = fc.integer({ min: 100, max: 4000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const { wheelColumns, gridColumns, wheelScale, gridScale } = arrange(
          { width, height },
          wheelSize,
          blockSize,
        );
        const needed =
          rowsOf(wheelColumns) * wheelScale * wheelSize.height +
          rowsOf(gridColumns) * gridScale * blockSize.height;
        expect(needed).toBeLessThanOrEqual(height + 1e-6);
        expect(wheelColumns * wheelScale * wheelSize.width).toBeLessThanOrEqual(width + 1e-6);
        expect(gridColumns * gridScale * blockSize.width).toBeLessThanOrEqual(width + 1e-6);
      }),
    );
  });
});

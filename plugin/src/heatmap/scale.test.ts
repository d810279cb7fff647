import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenChamber } from './heatmap.fixture.ts';
import {
  aboveScale,
  scaleMaxima,
  sharedScale,
  scalePosition,
  colourStep,
  colourTicks,
  wireTicks,
} from './scale.ts';

/** Hits at a position 0..1 of the scale. */
const hitsAt = (kind: 'linear' | 'log', position: number, max: number) =>
  kind === 'linear' || max <= 1 ? position * max : max ** position;

const kinds = fc.constantFrom('linear' as const, 'log' as const);

describe('scale', () => {
  it('never falls when hits rise', () => {
    fc.assert(
      fc.property(kinds, fc.nat(5000), fc.nat(5000), fc.integer({ min: 1, max: 5000 }), (kind, a, b, max) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(scalePosition(kind, low, max)).toBeLessThanOrEqual(scalePosition(kind, high, max));
        expect(colourStep(kind, high, max, 64)).toBeLessThan(64);
      }),
    );
  });

  it('is undone by its inverse', () => {
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 5000 }), (kind, hits) => {
        expect(hitsAt(kind, scalePosition(kind, hits, 5000), 5000)).toBeCloseTo(hits, 6);
      }),
    );
  });
});

describe('one noisy wire', () => {
  const options = { kind: 'linear', reach: 'chamber', fixedMax: 100 } as const;
  const withNoise = (hits: number, noise: number) => {
    const model = evenChamber(hits);
    const layers = model.layers.map((layer) =>
      layer.layer === 3
        ? { ...layer, hits: layer.hits.map((each, wire) => (wire === 7 ? noise : each)) }
        : layer,
    );
    return { ...model, layers };
  };

  it('ends the scale of nobody else, and is told', () => {
    const noisy = withNoise(20, 9000);
    expect(scaleMaxima(noisy, options)).toEqual(scaleMaxima(noisy, options).map(() => 60));
    expect(aboveScale(noisy, options)).toEqual({ wires: 1, greatest: 9000 });
    const byLayer = { ...options, reach: 'layer' as const };
    expect([scaleMaxima(noisy, byLayer)[2], scaleMaxima(noisy, byLayer)[3]]).toEqual([60, 20]);
  });

  it('is nothing of note where it has less than three times the others, or less than ten', () => {
    for (const [hits, noise] of [
      [20, 59],
      [1, 10],
    ] as const) {
      expect(Math.max(...scaleMaxima(withNoise(hits, noise), options))).toBe(noise);
      expect(aboveScale(withNoise(hits, noise), options).wires).toBe(0);
    }
    expect(scaleMaxima(evenChamber(0), options)[0]).toBe(1);
  });
});

describe('two runs beside one another', () => {
  it('have one colour for one number of hits, unless each layer is scaled by itself', () => {
    const [short, long] = [evenChamber(20), evenChamber(60)];
    const options = { kind: 'linear', reach: 'chamber', fixedMax: 100 } as const;
    const shared = sharedScale<Parameters<typeof scaleMaxima>[1]>(options, [short, long]);
    expect(scaleMaxima(short, options)).not.toEqual(scaleMaxima(long, options));
    expect(scaleMaxima(short, shared)).toEqual(scaleMaxima(long, shared));
    expect(scaleMaxima(long, shared)).toEqual(scaleMaxima(long, options));
    const byLayer = { ...options, reach: 'layer' as const };
    expect(sharedScale(byLayer, [short, long])).toBe(byLayer);
  });
});

describe('ticks', () => {
  it('stay on the bar, rise, and are no more than asked for by a factor of two', () => {
    fc.assert(
      fc.property(
        kinds,
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 2, max: 12 }),
        (kind, max, most) => {
          const ticks = colourTicks(kind, max, most);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThanOrEqual(most + 1);
          ticks.forEach(({ position, value }, index) => {
            expect(position).toBeGreaterThanOrEqual(0);
            expect(position).toBeLessThanOrEqual(1 + 1e-9);
            expect(value).toBeGreaterThan(ticks[index - 1]?.value ?? -1);
          });
        },
      ),
    );
  });

  it('number wires from 1 and then in round steps', () => {
    expect(wireTicks(49, 12)).toEqual([1, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
    expect(wireTicks(96, 10)).toEqual([1, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  });
});

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
    expect(aboveScale(noisy, scaleMaxima(noisy, options))).toEqual({ wires: 1, greatest: 9000 });
    const byLayer = { ...options, reach: 'layer' as const };
    expect([scaleMaxima(noisy, byLayer)[2], scaleMaxima(noisy, byLayer)[3]]).toEqual([60, 20]);
  });

  it('is nothing of note where it has less than three times the others, or less than ten', () => {
    for (const [hits, noise] of [
      [20, 59],
      [1, 10],
    ] as const) {
      const maxima = scaleMaxima(withNoise(hits, noise), options);
      expect(Math.max(...maxima)).toBe(noise);
      expect(aboveScale(withNoise(hits, noise), maxima).wires).toBe(0);
    }
    expect(scaleMaxima(evenChamber(0), options)[0]).toBe(1);
  });
});

describe('a layer that is dead but for some noise', () => {
  const options = { kind: 'linear', reach: 'layer', fixedMax: 100 } as const;
  const brightest = (hits: number, noise: number[]) => {
    const model = evenChamber(hits);
    const dead = model.layers[4]!.hits.map((_, wire) => noise[wire] ?? 0);
    const layers = model.layers.map((layer) => (layer.layer === 5 ? { ...layer, hits: dead } : layer));
    const maxima = scaleMaxima({ ...model, layers }, options);
    return layers.map(({ hits: row }, index) =>
      Math.max(...row.map((each) => scalePosition('linear', Math.max(0, each), maxima[index] ?? 1))),
    );
  };

  it('is not brighter than the living ones, each layer scaled by itself', () => {
    for (const hits of [2, 5, 20, 400]) {
      const [first = 0, , , , noisy = 1] = brightest(hits, [0, 0, 0, 1]);
      expect(noisy).toBeLessThan(first);
      expect(brightest(hits, [1, 0, 1, 0, 1])[4]).toBeLessThan(first);
    }
  });

  it('has its own scale while most of its wires live, however few hits they have', () => {
    expect(
      brightest(
        100,
        Array.from({ length: 49 }, () => 11),
      )[4],
    ).toBe(1);
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

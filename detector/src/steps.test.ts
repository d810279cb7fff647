import { afterAll, beforeAll, expect, test } from 'vitest';
import { createScorer } from './createScorer.ts';
import type { Scorer } from './scorer.ts';
import { someChamber } from './testing/index.ts';

let scorer: Scorer;
beforeAll(async () => {
  scorer = await createScorer({ backend: 'wasm' });
});
afterAll(() => scorer.close());

test('every step of every layer is there, and agrees with the score and the saliency that are stored', async () => {
  const input = someChamber(4, 9);
  const { layers, model } = await scorer.steps(input);
  const [judged] = await scorer.score([input]);
  expect(model).toBe(scorer.model);
  expect(layers.map(({ layer }) => layer)).toEqual([1, 2, 3, 4, 9, 10, 11, 12]);
  for (const step of layers) {
    expect(step.raw).toEqual(input.matrix[step.layer - 1]);
    expect(step.cleaned).toEqual(step.raw.filter((hits) => hits !== -1));
    expect(step.resized).toHaveLength(47);
    expect(Math.max(...step.scaled)).toBe(1);
    expect(Object.keys(step.gradient)).toEqual(Object.keys(step.inputs));
    expect(Object.values(step.smoothed).flat()).toHaveLength(Object.values(step.inputs).flat().length);
    step.mappedBack.forEach((value, cell) =>
      expect(value).toBeCloseTo(judged!.saliency[step.layer - 1]![cell]!, 4),
    );
  }
});

test('a layer without hits has every step too, and no value that is not a number', async () => {
  const input = someChamber(2, 5, (rows) => rows[3]!.fill(0));
  const { layers } = await scorer.steps(input);
  expect(layers.map(({ layer }) => layer)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  for (const {
    layer: _,
    score,
    raw,
    cleaned,
    resized,
    scaled,
    inputs,
    gradient,
    smoothed,
    mappedBack,
  } of layers) {
    const byInput = [inputs, gradient, smoothed].flatMap((values) => Object.values(values).flat());
    const all = [score, raw, cleaned, resized, scaled, mappedBack, byInput].flat();
    expect(all.length).toBeGreaterThan(100);
    expect(all.every(Number.isFinite)).toBe(true);
  }
});

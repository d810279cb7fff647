import { afterAll, beforeAll, expect, test } from 'vitest';
import { createScorer } from './createScorer.ts';
import type { Scorer } from './scorer.ts';
import { stepsSvg } from './stepsSvg.ts';
import { someChamber } from './testing/chambers.ts';

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

test('the picture is one SVG with a row for each layer and no value that is not a number', async () => {
  const input = someChamber(2, 5, (rows) => rows[3]!.fill(0));
  const svg = stepsSvg(input.chamber, 302_635, await scorer.steps(input));
  expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
  expect(svg).toContain('Run 302635, W+1 MB2 S05');
  for (let layer = 1; layer <= 12; layer++) expect(svg).toContain(`>Layer ${layer}<`);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

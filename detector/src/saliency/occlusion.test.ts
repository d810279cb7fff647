import { beforeAll, expect, test } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { createScorer } from '../createScorer.ts';
import { defaultModelFolder } from '../model/modelFolder.ts';
import { chamberWires, type ChamberWires } from '../prepare/chamberWires.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { noiseChamber, someChamber } from '../testing/index.ts';
import { explain } from './methods.ts';

let model: LoadedModel;
beforeAll(async () => {
  await selectBackend('wasm');
  model = await loadModel(await defaultModelFolder());
});

/** States of chambers that the real model is evaluated at while it explains. */
function statesLookedAt(chambers: readonly ChamberWires[]): number {
  let states = 0;
  const counting: LoadedModel = {
    ...model,
    preprocessing: {
      ...model.preprocessing,
      prepare: (prepared, only) => {
        states += prepared.length;
        return model.preprocessing.prepare(prepared, only);
      },
    },
  };
  explain(counting, chambers, 'occlusion');
  return states;
}

const everyLayerDeadInPart = someChamber(2, 1, (rows) => rows.forEach((row) => row.fill(0, 5, 13)));

test.each([
  ['of noise', noiseChamber(4)],
  ['with twelve bad layers', everyLayerDeadInPart],
])('a chamber %s takes no more than a bounded number of evaluations', (_name, input) => {
  expect(statesLookedAt([chamberWires(input)])).toBeLessThan(1800);
});

test('a run of noise is scored and explained', { timeout: 120_000 }, async () => {
  const run = Array.from({ length: 32 }, (_, index) => noiseChamber((index % 12) + 1));
  const scorer = await createScorer({ backend: 'wasm' });
  try {
    const judged = await scorer.score(run);
    expect(judged).toHaveLength(run.length);
    expect(judged.some(({ verdicts }) => verdicts.includes('bad'))).toBe(true);
    for (const { faults, saliency } of judged) {
      expect(faults.length).toBeLessThan(50);
      expect(saliency.flat().every(Number.isFinite)).toBe(true);
    }
  } finally {
    await scorer.close();
  }
});

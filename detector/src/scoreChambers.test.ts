import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examplesByRun } from '@dtdqm/simulator/detector';
import { selectBackend } from './backend/backend.ts';
import { loadModel } from './model/loadedModel.ts';
import { defaultModelFolder, modelsFolder } from './model/modelFolder.ts';
import { judgeByEach, scoreChambers, type JudgedChamber } from './scoreChambers.ts';

test('several models that judge side by side say what each says by itself, of one preprocessing or not, with limits of their own', async () => {
  await selectBackend('wasm');
  const shipped = await loadModel(await defaultModelFolder());
  const [older, original] = await Promise.all(
    [join('shape-and-rate', '2'), join('original-architecture', '1')].map((folder) =>
      loadModel(join(modelsFolder, folder)),
    ),
  );
  const { metadata } = shipped;
  const strict = { ...shipped, metadata: { ...metadata, thresholds: { ...metadata.thresholds, bad: 0.1, badWithPast: 0.1 } } }; // prettier-ignore
  const models = [shipped, strict, older!, original!, shipped];
  // More than are judged at a time, without a past and with one.
  const chambers = [...examplesByRun({ seed: 7, chambersPerRun: 25 })(1, 2)].flat();
  const byEach = judgeByEach(models, chambers);
  for (const [index, model] of models.entries()) {
    const alone: JudgedChamber[] = [];
    for (let from = 0; from < chambers.length; from += 10)
      alone.push(...scoreChambers(model, chambers.slice(from, from + 10), { saliency: false }));
    const told = alone.map(({ verdicts, faults }) => ({ verdicts, faults }));
    expect(byEach[index]!.map(({ verdicts, faults }) => ({ verdicts, faults }))).toEqual(told);
    byEach[index]!.forEach(({ scores }, which) =>
      scores.forEach((score, row) => expect(score).toBeCloseTo(alone[which]!.scores[row]!, 5)),
    );
  }
  expect(byEach[1]).not.toEqual(byEach[0]);
  expect(chambers.some(({ history }) => history.length > 0)).toBe(true);
  for (const { network } of [shipped, older!, original!]) network.dispose();
});

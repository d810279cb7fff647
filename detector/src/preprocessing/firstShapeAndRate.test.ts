import { join } from 'node:path';
import { expect, test } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { loadModel } from '../model/loadModel.ts';
import { modelsFolder } from '../model/location.ts';
import { scoreChambers } from '../scoreChambers.ts';
import { someChamber } from '../testing/chambers.ts';

test('a model that knows the first features only still scores and explains', async () => {
  await selectBackend('wasm');
  const model = await loadModel(join(modelsFolder, 'shape-and-rate', '1'));
  const sick = someChamber(2, 1, (rows) => rows[4]!.fill(0, 10, 30));
  const [judged] = scoreChambers(model, [{ ...sick, history: [someChamber().matrix] }]);
  expect(judged!.verdicts[4]).toBe('bad');
  expect(judged!.verdicts.filter((verdict) => verdict === 'bad')).toHaveLength(1);
  const inside = judged!.attribution![4]!.subarray(10, 30).reduce((sum, value) => sum + value, 0);
  const all = judged!.attribution!.reduce((sum, row) => sum + (row?.reduce((a, b) => a + b, 0) ?? 0), 0);
  expect(inside / all).toBeGreaterThan(0.7);
});

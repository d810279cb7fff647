import { saliencyMethodNames } from '@dtdqm/contract';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { modelsFolder } from '../model/modelFolder.ts';
import { chamberWires, type ChamberWires, type LayerWires } from '../prepare/chamberWires.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { someChamber, inTemporaryFolder, writeUntrainedModel } from '../testing/index.ts';
import { explain, methodOf, methodsOf } from './methods.ts';
import { baselineOf } from './saliency.ts';

let model: LoadedModel;
const sick = chamberWires(someChamber(2, 1, (rows) => rows[4]!.fill(0, 20, 32)));
const other = chamberWires(someChamber(3, 5));

beforeAll(async () => {
  await selectBackend('wasm');
  model = await inTemporaryFolder(async (folder) => {
    await writeUntrainedModel(join(folder, 'model'));
    return loadModel(join(folder, 'model'));
  });
});

/** Sum of logit(bad) - logit(good) over some layers. */
function logit(chamber: ChamberWires, layers: (row: number) => boolean = () => true): number {
  const samples = model.preprocessing.prepare([chamber]);
  const differences = model.network.differences(samples.tensors, samples.layers.length);
  return samples.layers.reduce((sum, { row }, sample) => sum + (layers(row) ? differences[sample]! : 0), 0);
}

const total = (rows: LayerWires) =>
  rows.reduce((sum, row) => sum + (row?.reduce((all, value) => all + value, 0) ?? 0), 0);

describe.each(saliencyMethodNames)('%s', (method) => {
  test('gives one finite value for each wire, and none where there is no layer', () => {
    const [attribution] = explain(model, [chamberWires(someChamber(4, 9))], method, { passes: 3 });
    attribution!.forEach((row, index) => expect(row === null).toBe(index >= 4 && index < 8));
    expect(attribution!.every((row) => row?.every(Number.isFinite) ?? true)).toBe(true);
  });

  test('does not depend on what else is explained, nor on when', () => {
    const [alone] = explain(model, [sick], method, { passes: 3, seed: 7 });
    const [, together] = explain(model, [other, sick], method, { passes: 3, seed: 7 });
    alone!.forEach((row, index) =>
      row?.forEach((value, wire) => expect(together![index]![wire]).toBeCloseTo(value, 5)),
    );
    expect(explain(model, [sick], method, { passes: 3, seed: 7 })[0]).toEqual(alone);
  });

  test('explains one layer alone when asked for it', () => {
    const [attribution] = explain(model, [sick], method, { passes: 3, layer: 5 });
    attribution!.forEach((row, index) => expect(row!.some((value) => value !== 0)).toBe(index === 4));
  });
});

test('the gradient is the slope of the logit', () => {
  const [slopes] = explain(model, [sick], 'gradient');
  const shifted = (by: number): ChamberWires => ({
    ...sick,
    layers: sick.layers.map((row, r) =>
      r === 6 ? row!.map((hits, wire) => hits + (wire === 25 ? by : 0)) : row,
    ),
  });
  expect(slopes![6]![25]).toBeCloseTo((logit(shifted(0.1)) - logit(shifted(-0.1))) / 0.2, 4);
});

test('another seed makes other noise', () => {
  const [one] = explain(model, [sick], 'smoothgrad', { passes: 3, seed: 1 });
  expect(explain(model, [sick], 'smoothgrad', { passes: 3, seed: 2 })[0]).not.toEqual(one);
});

test('integrated gradients add up to what the logit gained over the baseline', () => {
  const [attribution] = explain(model, [sick], 'integrated-gradients', { layer: 5 });
  const only = (row: number) => row === 4;
  const gain = logit(sick, only) - logit(baselineOf(model.preprocessing, sick), only);
  expect(Math.abs(total(attribution!) - gain)).toBeLessThan(0.01 * Math.abs(gain));
});

test('against a flat baseline dead wires have something to say, where zeros would leave them silent', () => {
  const [attribution] = explain(model, [sick], 'integrated-gradients', { layer: 5 });
  expect([...attribution![4]!.subarray(22, 30)].some((value) => value !== 0)).toBe(true);
});

test('a layer without hits explains nothing, and says so with zeros', () => {
  const dead = chamberWires(someChamber(2, 1, (rows) => rows[4]!.fill(0)));
  const [attribution] = explain(model, [dead], 'integrated-gradients', { layer: 5 });
  expect(total(attribution!)).toBe(0);
});

test('a network that does not see wires offers occlusion alone, also where its card names another method', async () => {
  const old = await loadModel(join(modelsFolder, 'shape-and-rate', '2'));
  expect(methodsOf(old)).toEqual(['occlusion']);
  expect(methodOf(old)).toBe('occlusion');
  expect(() => explain(old, [sick], 'gradient')).toThrow('does not offer "gradient", only occlusion');
  expect(methodsOf(model)).toEqual(saliencyMethodNames);
});

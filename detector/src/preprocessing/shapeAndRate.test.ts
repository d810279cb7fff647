import { noWire } from '@dtdqm/contract';
import { join } from 'node:path';
import { expect, test, beforeAll } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { modelsFolder, defaultModelFolder } from '../model/modelFolder.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { scoreChambers } from '../scoreChambers.ts';
import { unlikeLayers } from '../testing/index.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { someChamber } from '../testing/index.ts';
import { original47 } from './original47.ts';
import { shapeAndRate } from './shapeAndRate.ts';

test('a model that knows the first features only still scores and explains', async () => {
  await selectBackend('wasm');
  const model = await loadModel(join(modelsFolder, 'shape-and-rate', '1'));
  const sick = unlikeLayers((rows) => rows[4]!.fill(0, 10, 30));
  const [judged] = scoreChambers(model, [{ ...sick, history: [unlikeLayers().matrix] }]);
  expect(judged!.verdicts[4]).toBe('bad');
  expect(judged!.verdicts.filter((verdict) => verdict === 'bad')).toHaveLength(1);
  const inside = judged!.attribution![4]!.subarray(10, 30).reduce((sum, value) => sum + value, 0);
  const all = judged!.attribution!.reduce((sum, row) => sum + (row?.reduce((a, b) => a + b, 0) ?? 0), 0);
  expect(inside / all).toBeGreaterThan(0.7);
});

let model: LoadedModel;
beforeAll(async () => {
  await selectBackend('wasm');
  model = await loadModel(await defaultModelFolder());
});

const past = unlikeLayers().matrix;

test('a layer without wires is unknown, and its siblings are judged by each other', () => {
  const input = unlikeLayers((rows) => {
    rows[4]!.fill(noWire);
    rows[6]!.fill(0, 10, 30);
  });
  for (const history of [[], [past], [input.matrix]]) {
    const [judged] = scoreChambers(model, [{ ...input, history }]);
    const { scores, verdicts, faults, attribution } = judged!;
    expect(scores[4]).toBe(-1);
    expect(verdicts.map((verdict, row) => (verdict === 'good' ? [] : [row + 1, verdict])).flat()).toEqual([
      ...[5, 'unknown'],
      ...[7, 'bad'],
    ]);
    expect(faults.filter(({ layers }) => layers.includes(7))[0]).toMatchObject({
      layers: [7],
      wires: { first: 11, last: 30 },
    });
    expect(attribution![4]).toBeNull();
    const inside = attribution![6]!.subarray(10, 30).reduce((sum, value) => sum + value, 0);
    expect(inside).toBeGreaterThan(0);
  }
});

test('where two of four layers are missing, the other two are not judged, either', () => {
  const input = unlikeLayers((rows) => {
    rows[4]!.fill(noWire);
    rows[5]!.fill(noWire);
  });
  const [judged] = scoreChambers(model, [input]);
  expect(judged!.verdicts).toEqual([
    ...Array<string>(4).fill('good'),
    'unknown',
    'unknown',
    null,
    null,
    ...Array<string>(4).fill('good'),
  ]);
});

test.each([shapeAndRate, original47])(
  'one layer of each chamber is prepared as all of them are: $name',
  (preprocessing) => {
    const chambers = [
      { ...someChamber(2, 1, (rows) => rows[4]!.fill(0, 10, 30)), history: [past] },
      someChamber(4, 9),
      someChamber(2, 3, (rows) => rows.slice(0, 4).forEach((row) => row.fill(0, 20, 25))),
    ].map(chamberWires);
    const [name, [length]] = Object.entries(preprocessing.inputs)[0]! as [string, [number]];
    const { layers, tensors } = preprocessing.prepare(chambers);
    for (const row of [0, 4, 6, 11]) {
      const alone = preprocessing.prepare(chambers, row);
      const same = layers.flatMap((of, sample) => (of.row === row ? [sample] : []));
      expect(alone.layers).toEqual(same.map((sample) => layers[sample]));
      same.forEach((sample, at) =>
        expect(alone.tensors[name]!.subarray(at * length, (at + 1) * length)).toEqual(
          tensors[name]!.subarray(sample * length, (sample + 1) * length),
        ),
      );
    }
  },
);

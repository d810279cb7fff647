import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { File, ready } from 'h5wasm/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { readModelFolder, type Topology } from '@dtdqm/detector';
import { originalTopology } from '@dtdqm/detector/engine';
import { inTemporaryFolder, originalSpecs, untrainedWeights } from '@dtdqm/detector/testing';
import { importKeras } from './importKeras.ts';

beforeAll(() => ready);

/** Writes what Keras 2 writes: configuration as an attribute, weights in one group for each layer. */
function writeKerasFile(path: string, topology: Topology, specs = originalSpecs): void {
  const file = new File(path, 'w');
  file.create_attribute('model_config', JSON.stringify(topology));
  const weights = file.create_group('model_weights');
  const names = ['input', 'convolution', 'pooling', 'flatten', 'dense', 'output'];
  weights.create_attribute('layer_names', names);
  const values = untrainedWeights();
  let first = 0;
  for (const layer of names) {
    const group = weights.create_group(layer);
    const own = specs.filter(({ name }) => name.startsWith(`${layer}/`));
    if (own.length > 0) group.create_attribute('weight_names', own.map(({ name }) => `${name}_2:0`)); // prettier-ignore
    for (const { name, shape } of own) {
      const size = shape.reduce((product, length) => product * length, 1);
      const inner = group.get(layer) ?? group.create_group(layer);
      const data = values.slice(first, (first += size));
      (inner as typeof group).create_dataset({
        name: `${name.split('/')[1]}_2:0`,
        data,
        shape: [...shape],
        dtype: '<f',
      });
    }
  }
  file.close();
}

test('a Keras file of the original architecture becomes a model folder', async () => {
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, 'Old Network.h5');
    writeKerasFile(file, originalTopology);
    expect(await importKeras(file, join(folder, 'model'))).toEqual({ label: 'old-network@1', weights: 786 });
    const model = await readModelFolder(join(folder, 'model'));
    expect(model.weights).toEqual(untrainedWeights());
    expect(model.metadata.preprocessing.name).toBe('original-47');
    expect(await readdir(join(folder, 'model'))).toEqual([
      'README.md',
      'metadata.json',
      'model.json',
      'weights.bin',
    ]);
  });
});

describe('refused, with nothing written', () => {
  const otherTopology = (): Topology => {
    const topology = structuredClone(originalTopology);
    const layers = (topology.config as { layers: { config: Topology }[] }).layers;
    layers.at(-1)!.config.units = 3;
    return topology;
  };

  test.each<[string, (path: string) => Promise<void> | void, RegExp]>([
    ['a file that is not HDF5', (path) => writeFile(path, 'hello'), /is not an HDF5 file/],
    ['an empty file', (path) => writeFile(path, ''), /is not an HDF5 file/],
    ['no file', () => {}, /cannot be read: ENOENT/],
    [
      'HDF5 without a model',
      (path) => void new File(path, 'w').close(),
      /HDF5 but not a Keras model: it has no model_config/,
    ],
    [
      'another architecture',
      (path) => writeKerasFile(path, otherTopology()),
      /not of the original architecture/,
    ],
    [
      'missing weights',
      (path) => writeKerasFile(path, originalTopology, originalSpecs.slice(0, 4)),
      /the weights .* do not fit/,
    ],
  ])('%s', async (_name, make, reason) => {
    await inTemporaryFolder(async (folder) => {
      const file = join(folder, 'model.h5');
      await make(file);
      await expect(importKeras(file, join(folder, 'model'))).rejects.toThrow(reason);
      expect((await readdir(folder)).filter((name) => name !== 'model.h5')).toEqual([]);
    });
  });
});

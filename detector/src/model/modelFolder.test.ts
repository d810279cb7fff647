import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { originalTopology } from '../preprocessing/original47.ts';
import {
  inTemporaryFolder,
  originalSpecs,
  untrainedMetadata,
  untrainedWeights,
  writeUntrainedModel,
} from '../testing/index.ts';
import { defaultModelFolder, readModelFolder } from './modelFolder.ts';

test('what was written is read back', async () => {
  await inTemporaryFolder(async (parent) => {
    const folder = join(parent, 'model');
    await writeUntrainedModel(folder);
    const model = await readModelFolder(folder);
    expect(model.metadata).toEqual(untrainedMetadata());
    expect(model.topology).toEqual(originalTopology);
    expect(model.specs.map(({ shape }) => shape)).toEqual(originalSpecs.map(({ shape }) => shape));
    expect(model.weights).toEqual(untrainedWeights());
    expect(await readdir(parent)).toEqual(['model']);
  });
});

test('a folder that holds something is never written over', async () => {
  await inTemporaryFolder(async (parent) => {
    const folder = join(parent, 'model');
    await writeUntrainedModel(folder, 1);
    await expect(writeUntrainedModel(folder, 2)).rejects.toThrow(/is not empty/);
    expect((await readModelFolder(folder)).weights).toEqual(untrainedWeights(1));
  });
});

describe('refused, with the reason', () => {
  const changeJson =
    (file: string, change: (value: Record<string, unknown>) => void) => async (folder: string) => {
      const value = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, unknown>;
      change(value);
      await writeFile(join(folder, file), JSON.stringify(value));
    };

  test.each<[string, (folder: string) => Promise<void>, RegExp]>([
    [
      'no weights',
      (folder) => rm(join(folder, 'weights.bin')),
      /not a complete model folder: it has no weights\.bin/,
    ],
    ['no metadata', (folder) => rm(join(folder, 'metadata.json')), /it has no metadata\.json/],
    [
      'half the weights',
      (folder) => writeFile(join(folder, 'weights.bin'), new Uint8Array(100)),
      /has 100 bytes, model\.json describes 3144/,
    ],
    [
      'weights that are no numbers',
      (folder) => writeFile(join(folder, 'weights.bin'), new Uint8Array(3144).fill(255)),
      /not finite/,
    ],
    ['broken JSON', (folder) => writeFile(join(folder, 'model.json'), '{'), /model\.json is not JSON/],
    [
      'a newer format',
      changeJson('metadata.json', (value) => (value.format = 2)),
      /of model format 2, newer than this program reads \(1\)/,
    ],
    [
      'a threshold above 1',
      changeJson('metadata.json', (value) => (value.thresholds = { bad: 7 })),
      /thresholds\.bad/,
    ],
    [
      'a name with blanks',
      changeJson('metadata.json', (value) => (value.name = 'My model')),
      /name: must be lower-case words/,
    ],
  ])('%s', async (_name, spoil, reason) => {
    await inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'model');
      await writeUntrainedModel(folder);
      await spoil(folder);
      await expect(readModelFolder(folder)).rejects.toThrow(reason);
    });
  });

  test('a folder that is not there', async () => {
    await expect(readModelFolder(join('no', 'such', 'folder'))).rejects.toThrow(
      /not a complete model folder/,
    );
  });
});

describe('the default model', () => {
  test('is the one that default.json points to', async () => {
    await inTemporaryFolder(async (models) => {
      await writeFile(join(models, 'default.json'), '{"model":"shape/3"}');
      expect(await defaultModelFolder(models)).toBe(join(models, 'shape/3'));
    });
  });

  test.each(['{"model":"../elsewhere"}', '{"model":"/etc/passwd"}', '{}', 'shape/3'])(
    'cannot be %s',
    async (text) => {
      await inTemporaryFolder(async (models) => {
        await writeFile(join(models, 'default.json'), text);
        await expect(defaultModelFolder(models)).rejects.toThrow(
          /must hold \{"model": "<name>\/<version>"\}/,
        );
      });
    },
  );

  test('ships with the program and loads', async () => {
    expect((await readModelFolder(await defaultModelFolder())).metadata.version).toMatch(/^\d/);
  });
});

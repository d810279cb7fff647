import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inTemporaryFolder } from '../testing/untrainedModel.ts';
import { openInput, openOutput } from './files.ts';

test('an output appears as a whole, or not at all', async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'scores.jsonl');
    await writeFile(path, 'old\n');
    const abandoned = await openOutput(path);
    await abandoned.write('half\n');
    expect(await readFile(path, 'utf8')).toBe('old\n');
    await abandoned.discard();
    expect(await readdir(folder)).toEqual(['scores.jsonl']);

    const output = await openOutput(path);
    await output.write('one\n');
    await output.write('two\n');
    await output.commit();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect(await readdir(folder)).toEqual(['scores.jsonl']);
  });
});

test('files that cannot be opened are named', async () => {
  await inTemporaryFolder(async (folder) => {
    await expect(openInput(join(folder, 'none.jsonl'))).rejects.toThrow(/none\.jsonl cannot be read: ENOENT/);
    await expect(openInput(folder)).rejects.toThrow(/cannot be read: it is a folder/);
    await expect(openOutput(join(folder, 'no', 'x.jsonl'))).rejects.toThrow(
      /x\.jsonl cannot be written: ENOENT/,
    );
  });
});

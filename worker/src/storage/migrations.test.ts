import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** Of `sha256sum`, one line a migration, in the order in which they landed: each beginning of the list is a version that somebody may have. */
const list = new URL('./migrations.sha256', import.meta.url);
const folder = new URL('./migrations/', import.meta.url);

const lines = (await readFile(list, 'utf8')).split('\n').filter((line) => line !== '');
const files = (await readdir(folder)).sort();
const landed = lines.map((line) => {
  const [hash = '', name = ''] = line.split('  migrations/');
  return { hash, name };
});

async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(new URL(file, folder)))
    .digest('hex');
}

test.each(landed)('$name stays as it landed', async ({ name, hash }) => {
  const advice =
    'databases that people have were made by it: put it back, and say what shall change in a new migration';
  expect(files, `${name} was renamed or removed, but ${advice}`).toContain(name);
  expect(await hashOf(name), `${name} was changed, but ${advice}`).toBe(hash);
});

test('names and numbers occur once', () => {
  const numbers = files.map((file) => file.slice(0, 4));
  expect(files.filter((file) => !/^\d{4}_[a-z_]+\.sql$/.test(file))).toEqual([]);
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
  expect(new Set(landed.map(({ name }) => name)).size).toBe(landed.length);
});

test('the list ends with the newest migration (npx vitest run worker/src/storage/migrations.test.ts -u adds what is missing)', async () => {
  const missing = files.filter((file) => !landed.some(({ name }) => name === file));
  const added = await Promise.all(missing.map(async (file) => `${await hashOf(file)}  migrations/${file}`));
  await expect(`${[...lines, ...added].join('\n')}\n`).toMatchFileSnapshot(list.pathname);
});

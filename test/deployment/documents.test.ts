import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rooms = ['contract', 'detector', 'lab', 'plugin', 'simulator', 'worker'];

async function documents(): Promise<string[]> {
  const deep = await Promise.all(
    ['docs', 'deploy', 'bench', 'models'].map(async (folder) =>
      (await readdir(path.join(root, folder), { recursive: true })).map((name) => path.join(folder, name)),
    ),
  );
  const flat = ['.', ...rooms].flatMap((folder) =>
    ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((name) => path.join(folder, name)),
  );
  return [...deep.flat(), ...flat].filter(
    (name) => name.endsWith('.md') && existsSync(path.join(root, name)),
  );
}

/** What a document says is there: where its links lead, and paths of tests and benches. */
function named(document: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => path.join(path.dirname(document), target));
  const paths = [
    ...text.matchAll(/(?<=[`\s])(?:test|bench|plugin\/\.config|worker\/src)\/[\w./-]*\w(?=[`\s])/g),
  ].map(([whole]) => whole);
  return [...links, ...paths];
}

test('documents name tests, benches and files that are there', async () => {
  let total = 0;
  const missing: string[] = [];
  for (const document of await documents()) {
    const names = named(document, await readFile(path.join(root, document), 'utf8'));
    total += names.length;
    missing.push(
      ...names.filter((name) => !existsSync(path.join(root, name))).map((name) => `${document}: ${name}`),
    );
  }
  expect(total).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

test('fault tests that documents ask to run are there', async () => {
  const files = await readdir(path.join(root, 'test/faults'));
  const text = await readFile(path.join(root, 'docs/reliability.md'), 'utf8');
  const asked = [...text.matchAll(/npm run test:faults (\w+)/g)].map(([, name = '']) => name);
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((name) => !files.some((file) => file.startsWith(`${name}.`)))).toEqual([]);
});

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ModelMetadata } from '@dtdqm/detector';
import { detectorCard } from '../../detector/src/training/modelCard.ts';

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

/** What a document says is there: where its links lead, and paths of tests, benches and sources; what is built is not there in a fresh clone. */
function named(document: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => path.join(path.dirname(document), target));
  const paths = [
    ...text.matchAll(
      /(?<=[`\s])(?:test|bench|plugin|worker\/src)\/(?!dist\b|node_modules\b)[\w./-]*\w(?=[`\s])/g,
    ),
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

interface DashboardJson {
  title: string;
  panels: { title: string }[];
}

test('documents name dashboards and panels that are there', async () => {
  const folder = path.join(root, 'provisioning/dashboards');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const dashboards = await Promise.all(files.map((name) => readJson<DashboardJson>(path.join(folder, name))));
  const panels = new Map(dashboards.map(({ title, panels }) => [title, panels.map((panel) => panel.title)]));
  const named: string[] = [];
  const missing: string[] = [];
  for (const document of await documents()) {
    // What is history, or was measured, names what was there then.
    if (document === 'CHANGELOG.md' || /^bench|decisions\//.test(document)) continue;
    const text = await readFile(path.join(root, document), 'utf8');
    const whole = [...text.matchAll(/\bdashboards? _(DT [^_\n]+)_/g)].map(([, title = '']) => [title]);
    const parts = [...text.matchAll(/\b(DT [a-z]+) \/ ([^|\n]*[^|\s])/g)].map(([, ...both]) => both);
    for (const [title = '', panel] of [...whole, ...parts]) {
      named.push(title);
      const has = panels.get(title);
      if (!has || (panel !== undefined && !has.includes(panel)))
        missing.push(`${document}: ${title} / ${panel}`);
    }
  }
  expect(named.length).toBeGreaterThan(5);
  expect(missing).toEqual([]);
});

test('the card of the model in use says the limits that a card made today says', async () => {
  const folder = path.join(root, 'models', (await readJson<{ model: string }>('models/default.json')).model);
  const made = detectorCard(await readJson<ModelMetadata>(path.join(folder, 'metadata.json')));
  expect(limitsIn(await readFile(path.join(folder, 'README.md'), 'utf8'))).toBe(limitsIn(made));
});

const limitsIn = (card: string) => /## Limits.*\n\n((?:[- ] .*\n)+)/.exec(card)?.[1];

async function readJson<Read>(file: string): Promise<Read> {
  return JSON.parse(await readFile(path.resolve(root, file), 'utf8')) as Read;
}

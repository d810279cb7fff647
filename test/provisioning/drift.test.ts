import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { provisioningFiles } from '../../provisioning/src/generate.ts';

const root = fileURLToPath(new URL('../../provisioning', import.meta.url));
const folders = ['alerting', 'dashboards', 'datasources', 'notifications', 'plugins'];

test('the committed files are what the code makes (npm run provisioning writes them anew)', async () => {
  const made = provisioningFiles();
  for (const [file, text] of made) expect(await readFile(path.join(root, file), 'utf8'), file).toBe(text);
  const present = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(path.join(root, folder))).map((file) => `${folder}/${file}`),
    ),
  );
  expect(present.flat().sort()).toEqual([...made.keys()].sort());
});

test('making them twice gives the same text', () => {
  expect([...provisioningFiles()]).toEqual([...provisioningFiles()]);
});

test('Grafana fills in variables of ours only, and finds no others in rules and templates', async () => {
  const known =
    /^DTDQM_(DASHBOARDS|DB_(HOST|NAME|USER|PASSWORD|SSLMODE)|REPORTING_(HOST|SSLMODE)|API_(URL|TOKEN)|ALERT_(EMAIL|WEBHOOK))$/;
  for (const [file, text] of provisioningFiles()) {
    if (file.endsWith('.json')) continue;
    const names = [...text.matchAll(/\$\{?(\w*)/g)].map(([, name]) => name ?? '');
    for (const name of names) expect(name, file).toMatch(known);
    expect(parse(text), file).toHaveProperty('apiVersion', 1);
  }
});

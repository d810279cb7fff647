import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedPlugin } from '../test/e2e/sharedBuilds.ts';

/** What Grafana 11.6 to 13 all give to plugins, of what the generator's list leaves out of bundles; SystemJS gives `module`. */
const sharedByGrafana = [
  'module',
  'react',
  'react-dom',
  'rxjs',
  '@emotion/css',
  '@grafana/data',
  '@grafana/runtime',
  '@grafana/ui',
];

let dist: string;
const files = async (end: string) =>
  (await readdir(dist, { recursive: true })).filter((name) => name.endsWith(end));
const read = (name: string) => readFile(join(dist, name), 'utf8');

interface Manifest {
  type: string;
  id: string;
  info: { version: string; updated: string; logos: Record<string, string>; screenshots?: { path: string }[] };
  includes?: { type: string; path: string }[];
  routes?: { path: string; method?: string; reqRole: string; headers: { name: string; content: string }[] }[];
}
const manifest = async (name: string) => JSON.parse(await read(name)) as Manifest;

describe('the built plugin', () => {
  beforeAll(async () => {
    dist = await sharedPlugin();
  }, 240_000);

  it('is one bundle each for the app and four nested panels', async () => {
    expect((await files('module.js')).sort()).toEqual([
      'module.js',
      'panels/barrel/module.js',
      'panels/chamber/module.js',
      'panels/incidents/module.js',
      'panels/strip/module.js',
    ]);
    expect(await files('.js')).toHaveLength(5);
  });

  it('asks Grafana for nothing but what every version from 11.6 to 13 shares', async () => {
    for (const bundle of await files('module.js')) {
      const [, list = ''] = /^define\((\[[^\]]*\])/m.exec(await read(bundle)) ?? [];
      const wanted = JSON.parse(list) as string[];
      expect(wanted).toContain('react');
      expect(wanted.filter((name) => !sharedByGrafana.includes(name))).toEqual([]);
    }
  });

  it('loads no code later, and makes elements as React 18 and 19 both know', async () => {
    for (const bundle of await files('module.js')) {
      const code = await read(bundle);
      expect(code).not.toMatch(/\bimport\(|jsx-runtime|__webpack_require__\.e\b/);
    }
  });

  it('comes with manifests whose files are there and whose placeholders are filled in', async () => {
    for (const name of await files('plugin.json')) {
      expect(await read(name)).not.toMatch(/%\w+%/);
      const { info } = await manifest(name);
      expect(info.version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(info.updated).toMatch(/^\d{4}-\d\d-\d\d$/);
      const pictures = [...Object.values(info.logos), ...(info.screenshots ?? []).map(({ path }) => path)];
      for (const picture of pictures) await readFile(join(dist, dirname(name), picture));
    }
    for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE'])
      expect((await read(name)).length).toBeGreaterThan(100);
  });

  it('shows the pictures of its README in the sources and in Grafana, below a path of its own too', async () => {
    const picturesIn = (text: string) => [...text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, at]) => at!);
    const source = fileURLToPath(new URL('README.md', import.meta.url));
    const before = picturesIn(await readFile(source, 'utf8'));
    const after = picturesIn(await read('README.md'));
    expect(after).toHaveLength(before.length);
    for (const picture of before) await readFile(join(dirname(source), picture));
    const root = 'https://shifter.example/grafana';
    for (const picture of after) {
      const { href } = new URL(picture, `${root}/plugins/dtdqm-occupancy-app?page=readme`);
      const served = `${root}/public/plugins/dtdqm-occupancy-app/`;
      expect(href.slice(0, served.length)).toBe(served);
      await readFile(join(dist, href.slice(served.length)));
    }
  });

  it('brings the runbooks along that alerts link to', async () => {
    expect(await read('runbooks/new-incident.md')).toMatch(/^# New incident/);
  });

  it('lists its panels and states for each route the role that Grafana has checked', async () => {
    const { includes = [], routes = [] } = await manifest('plugin.json');
    // As its catalogue wants them: the manifest itself, each of those that are there.
    const panels = includes.filter(({ type }) => type === 'panel').map(({ path }) => path);
    expect(panels.sort()).toEqual(
      (await files('plugin.json')).filter((name) => name !== 'plugin.json').sort(),
    );
    expect(routes.map(({ path, method, reqRole }) => [path, method, reqRole])).toEqual([
      ['viewer/*', 'GET', 'Viewer'],
      ['editor/*', 'POST', 'Editor'],
      ['admin/*', undefined, 'Admin'],
    ]);
    for (const { reqRole, headers } of routes) {
      expect(headers.find(({ name }) => name === 'X-Dtdqm-Role')?.content).toBe(reqRole);
      expect(headers.find(({ name }) => name === 'Authorization')?.content).toContain(
        '.SecureJsonData.apiToken',
      );
    }
  });
});

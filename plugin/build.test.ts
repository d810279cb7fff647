import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { lowestGrafana } from '@dtdqm/contract/grafana';
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
  dependencies: { grafanaDependency: string };
  info: { version: string; updated: string; logos: Record<string, string>; screenshots?: { path: string }[] };
  includes?: { type: string; path: string }[];
  routes?: { path: string; method?: string; reqRole: string; headers: { name: string; content: string }[] }[];
}
const manifest = async (name: string) => JSON.parse(await read(name)) as Manifest;

/** What an entry asks Grafana for. */
function sharedNames(code: string): string[] {
  const [, list = '[]'] = /^define\((\[[^\]]*\])/m.exec(code) ?? [];
  return JSON.parse(list) as string[];
}

/** Numbers of the modules in a file, as webpack names them: `{4220(e,t,n){` or `,4220:e=>{`. */
function modulesIn(code: string): string[] {
  return [...code.matchAll(/[{,](\d+)(?:\(\w*(?:,\w+)*\)\{|:\(?\w*(?:,\w+)*\)?=>)/g)].map(([, id]) => id!);
}

/** The scripts that an entry has the browser load when Grafana, which serves it at `uri`, shows its page or panel. */
async function scriptsOf(code: string, uri: string): Promise<{ src: string; integrity: string }[]> {
  const scripts: { src: string; integrity: string; getAttribute: () => null; setAttribute: () => void }[] =
    [];
  let shown: ((props: object) => unknown) | undefined;
  class Plugin {
    constructor(panel?: typeof shown) {
      shown = panel;
    }
    setRootPage(page: typeof shown) {
      shown = page;
      return this;
    }
    readonly addConfigPage = () => this;
    readonly setPanelOptions = () => this;
    readonly useFieldConfig = () => this;
  }
  const react = {
    useState: () => [null, () => undefined],
    useEffect: (effect: () => void) => effect(),
    createElement: () => null,
  };
  const given: Record<string, object> = {
    module: { uri },
    react: { ...react, default: react },
    '@grafana/data': { PanelPlugin: Plugin, AppPlugin: Plugin },
    '@emotion/css': { css: () => '' },
  };
  const sandbox = {
    define: (names: string[], factory: (...modules: unknown[]) => unknown) =>
      factory(...names.map((name) => given[name] ?? {})),
    document: {
      getElementsByTagName: () => [],
      createElement: () => ({
        src: '',
        integrity: '',
        getAttribute: () => null,
        setAttribute: () => undefined,
      }),
      head: { appendChild: (script: (typeof scripts)[number]) => scripts.push(script) },
    },
    location: { origin: new URL(uri).origin },
    setTimeout: () => 0,
  };
  runInNewContext(code, { ...sandbox, self: sandbox, window: sandbox });
  shown?.({});
  await Promise.resolve();
  return scripts;
}

describe('the built plugin', () => {
  beforeAll(async () => {
    dist = await sharedPlugin();
  }, 240_000);

  it('is a small entry each for the app and four nested panels, and what they share is there once', async () => {
    const entries = await files('module.js');
    expect(entries.sort()).toEqual([
      'module.js',
      'panels/barrel/module.js',
      'panels/chamber/module.js',
      'panels/incidents/module.js',
      'panels/strip/module.js',
    ]);
    for (const entry of entries) expect((await stat(join(dist, entry))).size).toBeLessThan(15_000);
    const code = await Promise.all(
      (await files('.js')).map(async (name) => [name, await read(name)] as const),
    );
    expect(code.filter(([, text]) => text.includes('ZodString')).map(([name]) => name)).toEqual([
      'shared.js',
    ]);
    // 350 kB; five bundles with all of it in each were 834.
    expect(code.reduce((sum, [, text]) => sum + text.length, 0)).toBeLessThan(450_000);
  });

  it('has each module in one file besides the entries, as panels of one page take in the files of each other', async () => {
    const chunks = (await files('.js')).filter((name) => !name.endsWith('module.js'));
    const modules = (await Promise.all(chunks.map(read))).flatMap(modulesIn);
    expect(modules.length).toBeGreaterThan(20);
    expect(modules.filter((id, at) => modules.indexOf(id) !== at)).toEqual([]);
  });

  it('asks Grafana for nothing but what every version from 11.6 to 13 shares', async () => {
    for (const entry of await files('module.js')) {
      const wanted = sharedNames(await read(entry));
      expect(wanted).toContain('react');
      expect(wanted.filter((name) => !sharedByGrafana.includes(name))).toEqual([]);
    }
  });

  it('makes elements as React 18 and 19 both know', async () => {
    for (const name of await files('.js')) expect(await read(name)).not.toContain('jsx-runtime');
  });

  it.each(['module.js', 'panels/barrel/module.js'])(
    'fetches the code of %s from the folder of the app, below a path of its own too, and no other than was built',
    async (entry) => {
      const root = 'https://shifter.example/grafana/public/plugins/';
      const served = entry === 'module.js' ? 'dtdqm-occupancy-app' : 'dtdqm-barrel-panel';
      const scripts = await scriptsOf(await read(entry), `${root}${served}/module.js`);
      expect(scripts.length).toBeGreaterThan(1);
      for (const { src, integrity } of scripts) {
        expect(src.slice(0, root.length)).toBe(root);
        const [, name = ''] =
          /^dtdqm-occupancy-app\/(\w+\.js)\?_cache=\w+$/.exec(src.slice(root.length)) ?? [];
        const hash = createHash('sha256').update(await readFile(join(dist, name)));
        expect(integrity).toBe(`sha256-${hash.digest('base64')}`);
      }
    },
  );

  it('comes with manifests whose files are there and whose placeholders are filled in', async () => {
    for (const name of await files('plugin.json')) {
      expect(await read(name)).not.toMatch(/%\w+%/);
      const { info, dependencies } = await manifest(name);
      expect(dependencies).toMatchObject({ grafanaDependency: `>=${lowestGrafana}` });
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

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip, type ZlibOptions } from 'node:zlib';
import type { Plugin } from 'esbuild';
import { compressed } from './assets.ts';

/** A workbench on disk: `index.html` answers every page, `assets/` lies below `/assets/`. */
export interface WorkbenchBuild {
  /** Directory with `index.html` and `assets/`. */
  dir: string;
  /** False when an earlier build of the same sources was found there. */
  built: boolean;
  milliseconds: number;
}

const here = dirname(fileURLToPath(import.meta.url));
const sources = [join(here, '../src'), here, join(here, '../../contract/src')];
/** File of a build that says which sources it is of. */
export const stampFile = 'sources.txt';

/**
 * Bundles the workbench into `outDir`, or finds it there already. Takes a few seconds the first time and nothing later; the result
 * needs neither a network nor node_modules. Several processes may do this at once: the last one to finish stands.
 *
 * @throws when the sources do not compile; the message is esbuild's.
 */
export async function buildWorkbench(outDir: string): Promise<WorkbenchBuild> {
  const begun = performance.now();
  const stamp = await stampOf(sources);
  const found = await readFile(join(outDir, stampFile), 'utf8').catch(() => null);
  if (found === stamp) return { dir: outDir, built: false, milliseconds: performance.now() - begun };
  const work = `${outDir}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, 'assets'), { recursive: true });
  const [names] = await Promise.all([bundle(join(work, 'assets')), copyPublicFiles(join(work, 'assets'))]);
  await writeFile(join(work, 'index.html'), await pageOf(names));
  await writeFile(join(work, stampFile), stamp);
  await rm(outDir, { recursive: true, force: true });
  await rename(work, outDir);
  return { dir: outDir, built: true, milliseconds: performance.now() - begun };
}

/** Where `npm run build` puts it, for images that have no bundler. */
export const prebuiltDir = join(here, 'dist');

/**
 * Directory of a workbench to serve: the one that was built beforehand when it is of these sources, else one built into `cacheDir`.
 *
 * @throws when there is neither a bundler nor a workbench that was built beforehand.
 */
export async function openWorkbench(cacheDir: string): Promise<string> {
  const prebuilt = await readFile(join(prebuiltDir, stampFile), 'utf8').catch(() => null);
  if (prebuilt !== null && prebuilt === (await stampOf(sources))) return prebuiltDir;
  try {
    return (await buildWorkbench(cacheDir)).dir;
  } catch (error) {
    // An older one is better than none where nothing can be built.
    if (prebuilt !== null) return prebuiltDir;
    throw error;
  }
}

/** @returns the names of the files that the page loads, which follow from what is in them: `workbench.js` to `workbench-<hash>.js`. */
async function bundle(assets: string): Promise<Map<string, string>> {
  // Loaded here and not above: a prebuilt workbench is served where esbuild is not installed.
  const { build } = await import('esbuild');
  const { metafile } = await build({
    entryPoints: [
      { in: join(here, 'main.tsx'), out: 'workbench' },
      { in: join(here, 'page.css'), out: 'page' },
    ],
    outdir: assets,
    entryNames: '[name]-[hash]',
    metafile: true,
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    target: 'es2022',
    jsx: 'transform',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'window' },
    loader: { '.woff2': 'file', '.woff': 'empty', '.svg': 'dataurl' },
    // @grafana/ui names the CommonJS files, whose default export bundlers and Node see differently.
    alias: { 'react-use/lib': 'react-use/esm' },
    plugins: [leaveOut],
    publicPath: '/assets/',
    logLevel: 'silent',
  });
  const names = Object.keys(metafile.outputs).map((output) => basename(output));
  // Compressed once, here: the script alone takes 46 ms of a processor, and would do so for every browser.
  await Promise.all(
    names
      .filter((name) => /\.(js|css)$/.test(name))
      .map(async (name) =>
        writeFile(
          join(assets, name + compressed),
          await gzipped(await readFile(join(assets, name)), { level: 9 }),
        ),
      ),
  );
  return new Map(names.map((name) => [name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, ''), name]));
}

const gzipped = promisify<Buffer, ZlibOptions, Buffer>(gzip);

/** The page, with the files as they are named now. @throws when one of them was not built. */
async function pageOf(names: ReadonlyMap<string, string>): Promise<string> {
  const page = await readFile(join(here, 'index.html'), 'utf8');
  return page.replace(/(?<="\/assets\/)[^"]+/g, (name) => {
    const built = names.get(name);
    if (built === undefined) throw new Error(`index.html loads ${name}, which was not built`);
    return built;
  });
}

/**
 * Of @grafana/ui and what it stands on all that no page of ours shows, as it would be most of the bundle: editors and maps, text that is cut
 * off (which brings React's server), all time zones since 1900, where pages tell local time and UTC, and words of zod in fifty languages.
 */
export const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    const names =
      /^(monaco-editor|@monaco-editor\/react|ol|slate|slate-react|@grafana\/faro-web-sdk|react-dom\/server)(\/|$)/;
    onResolve({ filter: names }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
    onLoad({ filter: /moment-timezone\/data\/packed\/latest\.json$/ }, () => ({
      contents: '{ "version": "left out", "zones": [], "links": [], "countries": [] }',
      loader: 'json',
    }));
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: 'export {};' }));
  },
};

/** Icons of @grafana/ui, and fonts under the names by which its stylesheet asks Grafana for them. */
async function copyPublicFiles(assets: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const packageDir = (name: string) => dirname(require.resolve(`${name}/package.json`));
  const inter = join(packageDir('@fontsource-variable/inter'), 'files/inter-latin-wght-normal.woff2');
  const mono = join(packageDir('@fontsource/roboto-mono'), 'files/roboto-mono-latin-400-normal.woff2');
  const to = (path: string) => join(assets, 'grafana', path);
  await Promise.all([
    cp(join(packageDir('@grafana/ui'), 'dist/public/img/icons'), to('build/img/icons'), { recursive: true }),
    cp(inter, to('fonts/inter/Inter-Regular.woff2')),
    cp(inter, to('fonts/inter/Inter-Medium.woff2')),
    cp(mono, to('fonts/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2')),
  ]);
}

/** Changes whenever a source file does; not with its date, because copying into an image changes that. */
export async function stampOf(directories: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const directory of directories) {
    const names = await readdir(directory, { recursive: true });
    for (const name of names
      .filter((each) => /\.(tsx?|css|html|json|md)$/.test(each) && !/^dist/.test(each))
      .sort()) {
      hash.update(`${name}\n`).update(await readFile(join(directory, name)));
    }
  }
  return hash.digest('hex');
}

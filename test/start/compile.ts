import { copyFile, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildOptions } from 'esbuild';
import type { Plugin } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What tests start as processes of their own. */
const programs = [
  'worker/src/cli.ts',
  'detector/src/threads/thread.ts',
  'test/pipeline/workerProcess.ts',
  'test/incidents/updateProcess.ts',
  'test/faults/rig/retrainProcess.ts',
];

/** Where the sources name a program that they start, by file. */
const started: Record<string, [source: string, program: string]> = {
  'detector/src/threads/pool.ts': [`'./thread.js'`, 'detector/src/threads/thread.ts'],
  'worker/src/learning/startLearning.ts': [`'../../bin/dtdqm.js'`, 'worker/src/cli.ts'],
};

/** Packages of many files that each process loads, and TensorFlow.js, which each of its scoring threads loads, too. */
const joined = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-backend-wasm',
  'zod',
  // Must see the same zod.
  '@asteasolutions/zod-to-openapi',
  'pg',
  'koa',
  'commander',
];
const joinedFile = (name: string) => `packages/${name}`;

/** Where a program lies once compiled. */
export function compiled(directory: string, program: string): string {
  return path.join(directory, program.replace(/\.ts$/, '.js'));
}

/**
 * Translates what tests start hundreds of times, once for all of them: from source, as users start it, each process takes a
 * second of processor time for that, and each of its scoring threads half of one. Files beside the sources are found where they are.
 *
 * @param directory below `node_modules`, so that packages are found.
 */
export async function compilePrograms(directory: string): Promise<void> {
  // Who asks where a program lies needs none of it.
  const { build } = await import('esbuild');
  const common: BuildOptions = {
    absWorkingDir: root,
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  };
  await joinPackages(common, directory, build);
  await build({
    ...common,
    entryPoints: programs,
    outbase: '.',
    // As tsx does.
    keepNames: true,
    logLevel: 'warning',
    plugins: [
      {
        name: 'our own sources only, which find what lies beside them',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^[^.]/ }, ({ path: name, kind }) => {
            if (kind === 'entry-point' || name.startsWith('@dtdqm/')) return undefined;
            const file = path.join(directory, `${joinedFile(name)}.js`);
            return { path: joined.includes(name) ? pathToFileURL(file).href : name, external: true };
          });
          onLoad({ filter: /\.ts$/ }, async ({ path: file }) => ({
            loader: 'ts',
            contents: withPlaces(path.relative(root, file), await readFile(file, 'utf8'), directory),
          }));
        },
      },
    ],
  });
}

/**
 * Packages in a few files, which load in a quarter of the time: TensorFlow.js takes half a second of processor time otherwise, once in each of
 * some hundred processes and once more in each of their threads, and the others as much together.
 */
async function joinPackages(
  common: BuildOptions,
  directory: string,
  build: (options: BuildOptions) => Promise<unknown>,
): Promise<void> {
  await build({
    ...common,
    entryPoints: joined.map((name) => ({ in: name, out: joinedFile(name) })),
    mainFields: ['module', 'main'],
    external: ['pg-native', 'pg-cloudflare'],
    // Parts of it ask for CommonJS, and WebAssembly is read from beside them.
    banner: {
      js: `import { createRequire } from 'node:module';
const require = createRequire(${JSON.stringify(import.meta.url)});
const __dirname = ${JSON.stringify(directory)};
const __filename = ${JSON.stringify(path.join(directory, 'packages.js'))};`,
    },
    logLevel: 'error',
  });
  const binaries = path.join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist');
  for (const file of await readdir(binaries))
    if (file.endsWith('.wasm')) await copyFile(path.join(binaries, file), path.join(directory, file));
}

/**
 * Lets tests that score in their own process start compiled threads, too: from source one takes more than a second of processor time,
 * and there are some eighty. Programs that are started from source (`fromSource`, `npm`) have theirs from source.
 */
export const compiledThreads: Plugin = {
  name: 'compiled scoring threads',
  enforce: 'pre',
  transform(code, id) {
    const file = 'detector/src/threads/pool.ts';
    if (id !== path.join(root, file)) return undefined;
    const [name, program] = started[file]!;
    if (!code.includes(name)) throw new Error(`${file} does not start ${name} any more`);
    const place = `'file://' + injected('programDirectory') + '/${program.replace(/\.ts$/, '.js')}'`;
    return `import { inject as injected } from 'vitest';\n${code.replace(name, place)}`;
  },
};

function withPlaces(file: string, source: string, directory: string): string {
  const [name, program] = started[file] ?? [];
  if (name !== undefined && program !== undefined) {
    if (!source.includes(name)) throw new Error(`${file} does not start ${name} any more`);
    source = source.replace(name, JSON.stringify(pathToFileURL(compiled(directory, program)).href));
  }
  return source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path.join(root, file)).href));
}

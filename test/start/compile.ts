import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

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
  await build({
    absWorkingDir: root,
    entryPoints: programs,
    outbase: '.',
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // As tsx does.
    keepNames: true,
    logLevel: 'warning',
    plugins: [
      {
        name: 'our own sources only, which find what lies beside them',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^[^.]/ }, ({ path: name, kind }) =>
            kind === 'entry-point' || name.startsWith('@dtdqm/') ? undefined : { path: name, external: true },
          );
          onLoad({ filter: /\.ts$/ }, async ({ path: file }) => ({
            loader: 'ts',
            contents: withPlaces(path.relative(root, file), await readFile(file, 'utf8'), directory),
          }));
        },
      },
    ],
  });
}

function withPlaces(file: string, source: string, directory: string): string {
  const [name, program] = started[file] ?? [];
  if (name !== undefined && program !== undefined) {
    if (!source.includes(name)) throw new Error(`${file} does not start ${name} any more`);
    source = source.replace(name, JSON.stringify(pathToFileURL(compiled(directory, program)).href));
  }
  return source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path.join(root, file)).href));
}

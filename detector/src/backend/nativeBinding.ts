import { layersOf, noWire, rowsPerChamber, type Matrix, type Station } from '@dtdqm/contract';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createScorer } from '../createScorer.ts';
import type { Scorer, ScorerInput } from '../scorer.ts';
import { findLibtensorflow, NativeInstallError, runTool, type Libtensorflow } from './libtensorflow.ts';

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed (design record in docs/decisions). */
const firstNodeWithoutTensorflow = 23;

/** Folder of the installed @tensorflow/tfjs-node, or undefined when npm left the optional package out. */
function tfjsNodeFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    return undefined;
  }
}

/** Where tfjs-node's own loader looks for its native part. */
function bindingFile(folder: string): string {
  return join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/**
 * Why tfjs-node cannot be loaded, or undefined when it can be tried. Looked up before loading it, because a load that
 * fails costs half a second and 50 MB first.
 */
export function whyNoTensorflow(nodeVersion = process.versions.node): string | undefined {
  const major = Number.parseInt(nodeVersion, 10);
  if (major >= firstNodeWithoutTensorflow) return `tfjs-node does not run on Node ${major}`;
  const folder = tfjsNodeFolder();
  if (!folder) return 'tfjs-node is not installed';
  if (!existsSync(bindingFile(folder)))
    return 'the native part of tfjs-node is not built ("dtdqm native install" builds it)';
  return undefined;
}

/** What tfjs-node's native part consists of, in its own folder. */
const parts = ['lib', 'deps'];

/**
 * Builds and installs tfjs-node's native part in place, and checks that it gives the same scores. When anything fails,
 * what was there before is there again.
 *
 * @param source where TensorFlow's C library comes from: folder, tarball, URL or `pip`.
 * @param say takes lines of progress for people.
 * @returns greatest difference of any score from WebAssembly's.
 * @throws {NativeInstallError} with what went wrong and what can be done.
 */
export async function installNative(source: string, say: (line: string) => void): Promise<number> {
  const home = placeForNative();
  const workshop = await mkdtemp(join(home, '.native-'));
  try {
    const library = await findLibtensorflow(source, workshop, say);
    say('Compiling the binding');
    const draft = join(workshop, 'built');
    await buildBinding(home, library, draft);
    const old = join(workshop, 'old');
    await exchange(home, draft, old);
    say('Comparing its scores with those of WebAssembly');
    try {
      return Number(await runTool(process.execPath, [verifyScript], 'the new native part does not work'));
    } catch (cause) {
      await exchange(home, old, join(workshop, 'failed'));
      throw cause;
    }
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** Removes the native part; WebAssembly computes the scores from the next start on. Returns whether there was one. */
export async function removeNative(): Promise<boolean> {
  const home = placeForNative();
  const present = existsSync(bindingFile(home));
  for (const part of parts) await rm(join(home, part), { recursive: true, force: true });
  return present;
}

function placeForNative(): string {
  const major = Number.parseInt(process.versions.node, 10);
  if (major >= firstNodeWithoutTensorflow) {
    throw new NativeInstallError(
      `tfjs-node does not run on Node ${major}: use Node 20 or 22, or stay with WebAssembly, which needs nothing`,
    );
  }
  const home = tfjsNodeFolder();
  if (!home) throw new NativeInstallError('tfjs-node is not installed: run "npm ci" without --omit=optional');
  return home;
}

/** Puts the native part that lies in `from` into `home`, and what was there before into `away`. */
async function exchange(home: string, from: string, away: string): Promise<void> {
  await mkdir(away);
  for (const part of parts) {
    if (existsSync(join(home, part))) await rename(join(home, part), join(away, part));
    if (existsSync(join(from, part))) await rename(join(from, part), join(home, part));
  }
}

/**
 * Compiles tfjs-node's binding against TensorFlow's C library. Straight with the compiler: node-gyp would do no more for
 * these two files, but wants Python and a download of Node's headers.
 *
 * @param sources folder of the installed tfjs-node. @param draft gets `lib/` and `deps/lib/` as tfjs-node looks for them.
 */
async function buildBinding(
  sources: string,
  { include, libraries }: Libtensorflow,
  draft: string,
): Promise<void> {
  const libraryFolder = join(draft, 'deps', 'lib');
  await mkdir(libraryFolder, { recursive: true });
  for (const library of libraries) await copyFile(library, join(libraryFolder, basename(library)));
  const binding = bindingFile(draft);
  await mkdir(join(binding, '..'), { recursive: true });
  const here = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  await runTool(
    process.env.CXX ?? 'c++',
    [
      '-O2',
      '-fPIC',
      '-std=c++17',
      ...(process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
      '-DNAPI_VERSION=8',
      '-DBUILDING_NODE_EXTENSION',
      ...[sources, include, nodeHeaders()].flatMap((folder) => ['-I', folder]),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(sources, 'binding', name)),
      ...libraries.map((library) => join(libraryFolder, basename(library))),
      `-Wl,-rpath,${here}/../../deps/lib`,
      '-o',
      binding,
    ],
    'the binding cannot be built',
  );
}

/** Folder with node_api.h: that of the running Node, else the npm package of the same headers. */
function nodeHeaders(executable = process.execPath): string {
  const own = join(dirname(dirname(executable)), 'include', 'node');
  if (existsSync(join(own, 'node_api.h'))) return own;
  return join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
}

/** Backends must agree on every score within this. */
const greatestDifferenceAllowed = 1e-4;

/**
 * Scores made-up chambers on TensorFlow and on WebAssembly.
 *
 * @returns the greatest difference of any score.
 * @throws {NativeInstallError} when TensorFlow does not load or the scores differ.
 */
export async function compareBackends(model?: string): Promise<number> {
  const chambers = trialChambers();
  const native = await scoresOn('tensorflow', chambers, model);
  const wasm = await scoresOn('wasm', chambers, model);
  const greatest = Math.max(...native.map((score, index) => Math.abs(score - wasm[index]!)));
  if (!(greatest <= greatestDifferenceAllowed)) {
    throw new NativeInstallError(`TensorFlow's scores differ from WebAssembly's by up to ${greatest}`);
  }
  return greatest;
}

async function scoresOn(
  backend: Scorer['backend'],
  chambers: readonly ScorerInput[],
  model: string | undefined,
): Promise<number[]> {
  const scorer = await createScorer({ backend, model });
  try {
    return (await scorer.score(chambers, { saliency: false })).flatMap(({ scores }) => scores);
  } finally {
    await scorer.close();
  }
}

/** This file, to be run apart: a native part that crashes must not take the installer with it. */
const verifyScript = fileURLToPath(new URL('./compareBackends.js', import.meta.url));

const width = 60;

/** A few made-up chambers, healthy and sick, the same every time: enough for two backends to be compared on. */
function trialChambers(): ScorerInput[] {
  return ([1, 2, 3, 4] as const).map((station) => ({
    chamber: { wheel: 0, station, sector: station },
    matrix: trialMatrix(station),
  }));
}

function trialMatrix(station: Station): Matrix {
  const layers = layersOf(station);
  return Array.from({ length: rowsPerChamber }, (_, row) => {
    if (!layers.includes(row + 1)) return new Array<number>(width).fill(noWire);
    const dead = row % 3 === 0 ? 4 * row : 0;
    return Array.from({ length: width }, (_, wire) =>
      wire < dead ? 0 : 100 + ((wire * 37 + row * 11) % 23),
    );
  });
}

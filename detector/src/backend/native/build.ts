import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bindingFile } from '../nativeBinding.ts';
import { nodeHeaders } from './headers.ts';
import type { Libtensorflow } from './libtensorflow.ts';
import { runTool } from './runTool.ts';

/**
 * Compiles tfjs-node's binding against TensorFlow's C library. Straight with the compiler: node-gyp would do no more for
 * these two files, but wants Python and a download of Node's headers.
 *
 * @param sources folder of the installed tfjs-node. @param draft gets `lib/` and `deps/lib/` as tfjs-node looks for them.
 */
export async function buildBinding(
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

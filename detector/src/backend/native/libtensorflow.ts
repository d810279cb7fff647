import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { NativeInstallError } from './nativeError.ts';
import { runTool } from './runTool.ts';
import { download } from './download.ts';
import { wheelFromPip } from './wheel.ts';

/** TensorFlow's C library unpacked: shared libraries to link with, and its headers. */
export interface Libtensorflow {
  readonly include: string;
  readonly libraries: readonly string[];
}

/** Names of the C library in its official archives and in Python's wheels; each needs the framework beside it. */
const mainLibraries = [
  'libtensorflow.so.2',
  'libtensorflow_cc.so.2',
  'libtensorflow.2.dylib',
  'libtensorflow_cc.2.dylib',
];
const frameworks = ['libtensorflow_framework.so.2', 'libtensorflow_framework.2.dylib'];
const header = join('tensorflow', 'c', 'eager', 'c_api.h');

/**
 * Finds TensorFlow's C library in what was given.
 *
 * @param source a folder, a .tar.gz, an http(s) URL of one, or `pip` for Python's tensorflow-cpu wheel.
 * @param workshop folder for downloads and unpacking.
 * @throws {NativeInstallError} when there is none in it.
 */
export async function findLibtensorflow(
  source: string,
  workshop: string,
  say: (line: string) => void,
): Promise<Libtensorflow> {
  const folder = await unpacked(source, workshop, say);
  const include = [join(folder, 'include'), join(folder, 'tensorflow', 'include')].find((path) =>
    existsSync(join(path, header)),
  );
  const found = await Promise.all(['lib', 'tensorflow', '.'].map((name) => librariesIn(join(folder, name))));
  const libraries = found.find((paths) => paths !== undefined);
  if (!include) throw new NativeInstallError(`${source} has no include/${header}: it is not libtensorflow`);
  if (!libraries) {
    throw new NativeInstallError(
      `${source} has no ${mainLibraries[0]} with ${frameworks[0]}: it is not libtensorflow`,
    );
  }
  return { include, libraries };
}

async function unpacked(source: string, workshop: string, say: (line: string) => void): Promise<string> {
  if (source === 'pip') return wheelFromPip(workshop, say);
  if (/^https?:\/\//.test(source)) {
    const archive = join(workshop, 'libtensorflow.tar.gz');
    say(`Downloading ${source}`);
    await download(source, archive);
    return untarred(archive, workshop, say);
  }
  const given = await stat(source).catch((cause: Error) => {
    throw new NativeInstallError(`${source} cannot be read: ${cause.message}`, { cause });
  });
  return given.isDirectory() ? resolve(source) : untarred(source, workshop, say);
}

async function untarred(archive: string, workshop: string, say: (line: string) => void): Promise<string> {
  const folder = join(workshop, 'libtensorflow');
  await mkdir(folder);
  say(`Unpacking ${archive}`);
  await runTool('tar', ['-xzf', archive, '-C', folder], `${archive} cannot be unpacked`);
  return folder;
}

async function librariesIn(folder: string): Promise<string[] | undefined> {
  const present = await readdir(folder).catch((): string[] => []);
  const main = mainLibraries.find((name) => present.includes(name));
  const framework = frameworks.find((name) => present.includes(name));
  return main && framework ? [join(folder, main), join(folder, framework)] : undefined;
}

import { execFile } from 'node:child_process';
import { existsSync, createWriteStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

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

/** Behind firewalls that drop packets the official download hangs for ever; this one gives up. */
const patience = 30_000;

/** @throws {NativeInstallError} when the address does not answer in time, or not with a file. */
async function download(url: string, path: string): Promise<void> {
  const giveUp = new AbortController();
  let timer = setTimeout(() => giveUp.abort(), patience);
  const stillComing = () => {
    clearTimeout(timer);
    timer = setTimeout(() => giveUp.abort(), patience);
  };
  try {
    const reply = await fetch(url, { signal: giveUp.signal });
    if (!reply.ok || !reply.body) throw new Error(`it answered ${reply.status}`);
    const body = Readable.fromWeb(reply.body as ReadableStream);
    body.on('data', stillComing);
    await pipeline(body, createWriteStream(path));
  } catch (cause) {
    const reason = giveUp.signal.aborted ? `nothing came for ${patience / 1000} s` : (cause as Error).message;
    throw new NativeInstallError(`${url} cannot be downloaded: ${reason}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** The last TensorFlow 2.15: its C interface is what tfjs-node 4.22 was written for, and wheels exist for both processors. */
const version = '2.15.1';
const platforms: Readonly<Record<string, readonly [requirement: string, platform: string]>> = {
  x64: ['tensorflow-cpu', 'manylinux_2_17_x86_64'],
  arm64: ['tensorflow-cpu-aws', 'manylinux_2_17_aarch64'],
};
const python = 'python3';

/**
 * Has pip download TensorFlow's wheel, from whichever index pip is set up for, and unpacks it. The wheel's C library is
 * whole; Python itself is used for no more than this.
 *
 * @returns the unpacked folder.
 */
async function wheelFromPip(workshop: string, say: (line: string) => void): Promise<string> {
  const [requirement, platform] = platforms[process.arch] ?? [];
  if (process.platform !== 'linux' || !requirement) {
    throw new NativeInstallError(
      `no wheel is known for ${process.platform} on ${process.arch}: give a libtensorflow folder, tarball or URL`,
    );
  }
  say(`Downloading ${requirement} ${version} through pip (about 200 MB)`);
  const choice = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp'];
  const target = ['--abi', 'cp311', '--platform', platform!, '--dest', workshop, '--quiet'];
  await runTool(
    python,
    [
      '-m',
      'pip',
      'download',
      `${requirement}==${version}`,
      ...choice,
      ...target,
      '--disable-pip-version-check',
    ],
    'pip cannot download TensorFlow',
  );
  const wheel = (await readdir(workshop)).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new NativeInstallError('pip said that it downloaded TensorFlow, but there is no wheel');
  say('Unpacking the wheel');
  const folder = join(workshop, 'wheel');
  await runTool(
    python,
    ['-m', 'zipfile', '-e', join(workshop, wheel), folder],
    'the wheel cannot be unpacked',
  );
  return folder;
}

/** Why tfjs-node's native part could not be installed; the message says what to do. */
export class NativeInstallError extends Error {
  override readonly name = 'NativeInstallError';
}

const execute = promisify(execFile);

/**
 * Runs a tool of the machine (compiler, tar, pip) and returns what it wrote.
 *
 * @throws {NativeInstallError} when it is missing or fails, with the end of its own words.
 */
export async function runTool(tool: string, args: readonly string[], purpose: string): Promise<string> {
  try {
    const { stdout } = await execute(tool, args, { maxBuffer: 64 << 20 });
    return stdout;
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: string | number; stderr?: string };
    if (code === 'ENOENT')
      throw new NativeInstallError(`${purpose}: "${tool}" is not on this machine`, { cause });
    const lastWords = stderr.trim().split('\n').slice(-3).join(' / ').slice(-400);
    throw new NativeInstallError(`${purpose}: ${tool} failed: ${lastWords || `exit code ${code}`}`, {
      cause,
    });
  }
}

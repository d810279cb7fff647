import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NativeInstallError } from './nativeError.ts';
import { runTool } from './runTool.ts';

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
export async function wheelFromPip(workshop: string, say: (line: string) => void): Promise<string> {
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

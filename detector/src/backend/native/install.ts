import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bindingFile, firstNodeWithoutTensorflow, tfjsNodeFolder } from '../nativeBinding.ts';
import { buildBinding } from './build.ts';
import { findLibtensorflow } from './libtensorflow.ts';
import { NativeInstallError } from './nativeError.ts';
import { runTool } from './runTool.ts';
import { verifyScript } from './verify.ts';

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

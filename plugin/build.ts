import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildWorkbench, prebuiltDir, stampFile, stampOf } from './workbench/build.ts';

const pluginDir = fileURLToPath(new URL('.', import.meta.url));
const run = promisify(execFile);
// Not `import.meta.resolve`, which is missing where a test's set-up runs: there an old plugin was taken for one that cannot be built.
const { resolve } = createRequire(import.meta.url);

/** Where `npm run build` puts the plugin. */
export const pluginDist = join(pluginDir, 'dist');

/** Which sources a plugin is built of. */
function pluginStamp(): Promise<string> {
  return stampOf([
    join(pluginDir, 'src'),
    join(pluginDir, '../contract/src'),
    join(pluginDir, '../docs/operations/runbooks'),
  ]);
}

/**
 * Writes the Grafana plugin to a folder, which holds the old one until the new one is whole.
 *
 * @throws with webpack's own words when it does not compile.
 */
export async function buildPlugin(outDir = pluginDist): Promise<string> {
  const stamp = await pluginStamp();
  const work = `${outDir}.${process.pid}`;
  try {
    const told = await compile(work);
    await writeFile(join(work, stampFile), stamp);
    await rm(outDir, { recursive: true, force: true });
    await rename(work, outDir);
    return told;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @returns what webpack says of the files that it has written. @throws with its own words when the plugin does not compile. */
async function compile(outDir: string): Promise<string> {
  const program = ['--import', pathToFileURL(resolve('tsx')).href, join(pluginDir, 'compile.ts'), outDir];
  try {
    return (await run(process.execPath, program, { cwd: pluginDir })).stdout;
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr?.trim() || String(error), { cause: error });
  }
}

/**
 * Folder of the built plugin: the one in dist when it is of these sources, else built now, which takes a quarter of a minute.
 *
 * @param onBuild called before it is built.
 * @throws when it does not compile, or there is neither webpack nor a plugin that was built beforehand.
 */
export async function openPlugin(onBuild: () => void): Promise<string> {
  const built = await readFile(join(pluginDist, stampFile), 'utf8').catch(() => null);
  if (built !== null && built === (await pluginStamp().catch(() => null))) return pluginDist;
  try {
    resolve('webpack');
  } catch (error) {
    // An older one is better than none where nothing can be built.
    if (built !== null) return pluginDist;
    throw error;
  }
  onBuild();
  await buildPlugin();
  return pluginDist;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await buildPlugin()}\n`);
  const { milliseconds } = await buildWorkbench(prebuiltDir);
  process.stdout.write(`workbench built in ${Math.round(milliseconds)} ms\n`);
}

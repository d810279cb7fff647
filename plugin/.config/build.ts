import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import webpack from 'webpack';
import { buildWorkbench, prebuiltDir } from '../workbench/build.ts';
import { pluginDist, pluginStamp, pluginStampFile } from './pluginDist.ts';
import { webpackConfig } from './webpackConfig.ts';

const pluginDir = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes the Grafana plugin to a folder, which holds the old one until the new one is whole.
 *
 * @throws with webpack's own words when it does not compile.
 */
export async function buildPlugin(outDir = pluginDist): Promise<string> {
  const stamp = await pluginStamp();
  const { version } = JSON.parse(await readFile(join(pluginDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  const today = new Date().toISOString().slice(0, 10);
  const work = `${outDir}.${process.pid}`;
  try {
    const told = await compile(webpackConfig(pluginDir, work, { version, today }));
    await writeFile(join(work, pluginStampFile), stamp);
    await rm(outDir, { recursive: true, force: true });
    await rename(work, outDir);
    return told;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function compile(configuration: webpack.Configuration): Promise<string> {
  const compiler = webpack(configuration);
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (!stats || stats.hasErrors())
    throw new Error(stats?.toString({ all: false, errors: true }) ?? 'webpack failed');
  return stats.toString({ all: false, assets: true, assetsSpace: 30, timings: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await buildPlugin()}\n`);
  const { milliseconds } = await buildWorkbench(prebuiltDir);
  process.stdout.write(`workbench built in ${Math.round(milliseconds)} ms\n`);
}

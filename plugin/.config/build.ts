import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import webpack from 'webpack';
import { buildWorkbench, prebuiltDir } from '../workbench/build.ts';
import { webpackConfig } from './webpackConfig.ts';

const pluginDir = fileURLToPath(new URL('..', import.meta.url));

/** Writes the Grafana plugin to dist/. @throws with webpack's own words when it does not compile. */
export async function buildPlugin(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(pluginDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  const today = new Date().toISOString().slice(0, 10);
  const compiler = webpack(webpackConfig(pluginDir, { version, today }));
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

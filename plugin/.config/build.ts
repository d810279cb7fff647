import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Configuration, Stats } from 'webpack';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { appId } from '@dtdqm/contract';
import { buildWorkbench, prebuiltDir, stampFile, stampOf } from '../workbench/build.ts';

const pluginDir = fileURLToPath(new URL('..', import.meta.url));

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

/** Packages that Grafana gives to plugins: they must not be in the bundle, and nothing else may be left out of it. */
export const sharedByGrafana = [
  'react',
  'react-dom',
  'rxjs',
  '@emotion/css',
  '@grafana/data',
  '@grafana/runtime',
  '@grafana/ui',
] as const;

/** One bundle for each plugin.json: the app at the top, the panels nested below it. */
function pluginEntries(sourceDir: string): Record<string, string> {
  const manifests = readdirSync(sourceDir, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('plugin.json'));
  return Object.fromEntries(
    manifests.map((manifest) => {
      const folder = dirname(manifest);
      const file = ['module.ts', 'module.tsx'].find((name) => existsSync(join(sourceDir, folder, name)));
      if (!file)
        throw new Error(`${relative(process.cwd(), join(sourceDir, manifest))} has no module.ts beside it`);
      return [join(folder, 'module'), join(sourceDir, folder, file)];
    }),
  );
}

/** @param values of `%VERSION%` and `%TODAY%` in plugin.json, filled in while it is copied: Grafana does not know them. */
async function webpackConfig(
  outDir: string,
  { version, today }: { version: string; today: string },
): Promise<Configuration> {
  const { default: CopyPlugin } = await import('copy-webpack-plugin');
  const source = join(pluginDir, 'src');
  const entry = pluginEntries(source);
  const panels = Object.keys(entry)
    .map(dirname)
    .filter((folder) => folder !== '.');
  const fillIn = (content: Buffer) =>
    content
      .toString()
      .replaceAll('%VERSION%', version)
      .replaceAll('%TODAY%', today)
      .replaceAll('%PLUGIN_ID%', appId);
  // Grafana shows the text at /plugins/<id> and leaves addresses in it as they are.
  const findPictures = (content: Buffer) =>
    content.toString().replaceAll('](src/img/', `](../public/plugins/${appId}/img/`);
  return {
    mode: 'production',
    target: ['web', 'es2020'],
    context: source,
    entry,
    devtool: 'source-map',
    externals: [...sharedByGrafana],
    module: {
      rules: [
        {
          test: /\.tsx?$/,
          use: {
            loader: 'swc-loader',
            options: {
              jsc: {
                target: 'es2020',
                parser: { syntax: 'typescript', tsx: true },
                transform: { react: { runtime: 'classic' } },
              },
            },
          },
        },
      ],
    },
    resolve: { extensions: ['.ts', '.tsx', '.js'] },
    output: {
      clean: true,
      filename: '[name].js',
      library: { type: 'amd' },
      path: outDir,
      publicPath: `public/plugins/${appId}/`,
      uniqueName: appId,
    },
    performance: { hints: false },
    plugins: [
      new CopyPlugin({
        patterns: [
          { from: '**/plugin.json', transform: fillIn },
          { from: 'img/**/*' },
          ...panels.map((panel) => ({ from: 'img/logo.svg', to: join(panel, 'img/logo.svg') })),
          { from: join(pluginDir, 'README.md'), transform: findPictures },
          { from: join(pluginDir, 'CHANGELOG.md') },
          // Alerts link to them.
          { from: '*.md', context: join(pluginDir, '../docs/operations/runbooks'), to: 'runbooks/' },
          // Not there in the stage of the image that builds only the plugin.
          { from: join(pluginDir, '../LICENSE'), to: '[name]', noErrorOnMissing: true },
        ],
      }),
    ],
  };
}

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
    const told = await compile(await webpackConfig(work, { version, today }));
    await writeFile(join(work, stampFile), stamp);
    await rm(outDir, { recursive: true, force: true });
    await rename(work, outDir);
    return told;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function compile(configuration: Configuration): Promise<string> {
  // Loaded here and not above: a plugin that was built beforehand is used where webpack is not installed.
  const { default: webpack } = await import('webpack');
  const compiler = webpack(configuration);
  const stats = await new Promise<Stats | undefined>((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (!stats || stats.hasErrors())
    throw new Error(stats?.toString({ all: false, errors: true }) ?? 'webpack failed');
  return stats.toString({ all: false, assets: true, assetsSpace: 30, timings: true });
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
    await import('webpack');
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

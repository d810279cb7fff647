import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import CopyPlugin from 'copy-webpack-plugin';
import type { Configuration } from 'webpack';
import { appId } from '@dtdqm/contract';

/** What the configuration of `@grafana/create-plugin` is asked for, and where the plugin is to go. */
export interface Env {
  production: boolean;
  outDir: string;
}

const here = import.meta.dirname;

/**
 * The configuration that `.config` holds and `@grafana/create-plugin` keeps, with what this plugin has beside it. It reads files
 * below the working directory, which has to be this folder.
 */
export default async function configuration({ production, outDir }: Env): Promise<Configuration> {
  // Named at run time, because the generator writes its files for less strict types than ours.
  const generated = join(here, '.config/webpack/webpack.config.ts');
  const { default: grafana } = (await import(generated)) as {
    default: (env: { production: boolean }) => Promise<Configuration>;
  };
  const base = await grafana({ production });
  for (const plugin of base.plugins ?? []) fillInBelow(outDir, plugin);
  for (const rule of base.module?.rules ?? []) compileForEs2020(rule);
  return {
    ...base,
    target: ['web', 'es2020'],
    output: { ...base.output, path: outDir },
    optimization: {
      ...base.optimization,
      // The entries meet on one page and take in each other's chunks, so that a module has to be the same in all of them: what one
      // entry does not use must not be left out for it alone, which is what webpack does unless told so.
      usedExports: 'global',
      splitChunks: {
        usedExports: false,
        // What two of app and panels need (contract, zod, drawing of chambers) is one file, which the browser fetches once.
        cacheGroups: { shared: { name: 'shared', chunks: 'async', minChunks: 2, enforce: true } },
      },
    },
    performance: { hints: false },
    plugins: [...(base.plugins ?? []), new CopyPlugin({ patterns: copied() })],
  };
}

/** The plugin that fills in `%VERSION%` and the like names the folder by itself: `dist`, which is not where this build goes. */
function fillInBelow(outDir: string, plugin: unknown): void {
  const { constructor, options } = plugin as { constructor: { name: string }; options?: { dir?: string }[] };
  if (constructor.name !== 'ReplaceInFilePlugin') return;
  for (const option of options ?? []) option.dir = outDir;
}

/** What Grafana 11.6 needs of a browser; the generator's es2015 makes bundles a fifth larger. */
function compileForEs2020(rule: unknown): void {
  const { use } = rule as { use?: { loader?: string; options?: { jsc: { target: string } } } };
  if (use?.loader === 'swc-loader' && use.options) use.options.jsc.target = 'es2020';
}

/** Files that belong to the plugin beside those that its manifests name. */
function copied() {
  const panels = readdirSync(join(here, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('plugin.json'))
    .map(dirname)
    .filter((folder) => folder !== '.');
  // Grafana shows the text at /plugins/<id> and leaves addresses in it as they are.
  const findPictures = (content: Buffer) =>
    content.toString().replaceAll('](src/img/', `](../public/plugins/${appId}/img/`);
  return [
    { from: 'img/**/*' },
    ...panels.map((panel) => ({ from: 'img/logo.svg', to: join(panel, 'img/logo.svg') })),
    { from: join(here, 'README.md'), transform: findPictures, force: true },
    // Alerts link to them.
    { from: '*.md', context: join(here, '../docs/operations/runbooks'), to: 'runbooks/' },
  ];
}

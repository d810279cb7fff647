import { join } from 'node:path';
import CopyPlugin from 'copy-webpack-plugin';
import type { Configuration } from 'webpack';
import { pluginEntries } from './entries.ts';
import { sharedByGrafana } from './externals.ts';

/** `%VERSION%`, `%TODAY%` and `%PLUGIN_ID%` of plugin.json, filled in while it is copied: Grafana does not know them. */
export interface Placeholders {
  version: string;
  today: string;
}

const appId = 'dtdqm-occupancy-app';

export function webpackConfig(
  pluginDir: string,
  outDir: string,
  { version, today }: Placeholders,
): Configuration {
  const source = join(pluginDir, 'src');
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
    entry: pluginEntries(source),
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
          ...['chamber', 'barrel', 'incidents'].map((panel) => ({
            from: 'img/logo.svg',
            to: `panels/${panel}/img/logo.svg`,
          })),
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

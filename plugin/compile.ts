import webpack, { type Stats } from 'webpack';
import configuration from './webpack.config.ts';

// A program of its own for `build.ts`: the generated configuration reads files below the working directory, and half a gigabyte of
// webpack goes with its process.
const [outDir] = process.argv.slice(2);
if (!outDir) throw new Error('usage: compile.ts FOLDER');
const compiler = webpack(await configuration({ production: true, outDir }));
const stats = await new Promise<Stats | undefined>((resolve, reject) => {
  compiler.run((error, result) => (error ? reject(error) : resolve(result)));
});
await new Promise((resolve) => compiler.close(resolve));
if (!stats || stats.hasErrors()) {
  process.stderr.write(`${stats?.toString({ all: false, errors: true }) ?? 'webpack failed'}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${stats.toString({ all: false, assets: true, assetsSpace: 30, timings: true })}\n`);
}

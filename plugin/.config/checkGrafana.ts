import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Checks the plugin's types against other versions of Grafana's packages than the installed one: `npm run typecheck:grafana -w
 * plugin [versions]`. Not part of `npm ci`, because each version is a few hundred megabytes; they go to a temporary folder.
 *
 * 10.4.19 is the lowest and 12.0.0 the highest that install from the npm registry alone.
 */
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['10.4.19', '12.0.0'];
const plugin = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
let failed = false;

for (const version of versions) {
  const folder = await mkdtemp(join(tmpdir(), `grafana-${version}-`));
  try {
    const packages = ['data', 'ui', 'runtime'].map((name) => `@grafana/${name}@${version}`);
    await writeFile(join(folder, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', ...packages], {
      cwd: folder,
    });
    const config = {
      extends: join(plugin, 'tsconfig.json'),
      compilerOptions: {
        paths: Object.fromEntries([
          ...['data', 'ui', 'runtime'].map((name) => [
            `@grafana/${name}`,
            [join(folder, 'node_modules/@grafana', name)],
          ]),
          // One set of React's types for both sides: two of them never fit each other.
          ['react', [join(plugin, '../node_modules/@types/react')]],
          ['rxjs', [join(plugin, '../node_modules/rxjs')]],
        ]),
        typeRoots: [join(plugin, '../node_modules/@types')],
      },
      include: [join(plugin, 'src')],
      exclude: [join(plugin, 'src/**/*.test.ts')],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    await run(join(plugin, '../node_modules/.bin/tsc'), ['-p', folder]);
    process.stdout.write(`@grafana/* ${version}: types fit\n`);
  } catch (error) {
    failed = true;
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    process.stdout.write(`@grafana/* ${version}:\n${stdout}${stderr}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
if (failed) process.exitCode = 1;

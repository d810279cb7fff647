import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { lowestGrafana } from '@dtdqm/contract/grafana';

/**
 * Checks the plugin's types against older versions of Grafana's packages than the installed one, the newest: `npm run typecheck:grafana -w
 * plugin [versions of the list below]`. Not part of `npm ci`, because each version is a few hundred megabytes; they go to a temporary folder.
 *
 * Each with the React of its time, so that nothing of another one is used.
 */
const checked = [
  { grafana: lowestGrafana, react: '18' },
  { grafana: '12.4.10', react: '18' },
];
const wanted = process.argv.slice(2);
const plugin = fileURLToPath(new URL('.', import.meta.url));
const run = promisify(execFile);
let failed = false;

for (const { grafana: version, react } of checked) {
  if (wanted.length > 0 && !wanted.includes(version)) continue;
  const folder = await mkdtemp(join(tmpdir(), `grafana-${version}-`));
  try {
    const packages = [
      ...['data', 'ui', 'runtime'].map((name) => `@grafana/${name}@${version}`),
      ...['react', 'react-dom'].map((name) => `@types/${name}@${react}`),
    ];
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
          ['react', [join(folder, 'node_modules/@types/react')]],
          ['react-dom', [join(folder, 'node_modules/@types/react-dom')]],
          ['rxjs', [join(plugin, '../node_modules/rxjs')]],
        ]),
        typeRoots: [join(folder, 'node_modules/@types'), join(plugin, '../node_modules/@types')],
      },
      include: [join(plugin, 'src')],
      exclude: [join(plugin, 'src/**/*.test.ts'), join(plugin, 'src/**/*.fixture.ts')],
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

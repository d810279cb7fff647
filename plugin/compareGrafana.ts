import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ESLint, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { lowestGrafana } from '@dtdqm/contract/grafana';

/**
 * What Grafana's own tools say of the plugin: `npm run compare:grafana -w plugin [versions]`. Its lint rule, that every import is there in
 * the lowest version that the manifest promises, fails; what levitate finds different between older versions and the installed one is printed for
 * somebody to read, because it also tells of changes that are none ("interface" to "export interface"). Not part of `npm ci`: both bring 113 MB
 * and a second TypeScript along, and fetch Grafana's packages while they run.
 */
const tools = ['@grafana/eslint-plugin-plugins@0.6.4', '@grafana/levitate@0.17.2'];
const older = [lowestGrafana, '12.4.10'];
const newest = '13.2.3';
const packages = ['@grafana/data', '@grafana/ui', '@grafana/runtime'];

const plugin = import.meta.dirname;
const installed = join(plugin, '../node_modules');
const run = promisify(execFile);
const wanted = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'grafana-tools-'));
try {
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', ...tools], {
    cwd: folder,
  });
  await symlink(join(installed, 'eslint'), join(folder, 'node_modules/eslint'));
  await lint();
  const copy = await copySources();
  for (const version of older)
    if (wanted.length === 0 || wanted.includes(version)) await levitate(copy, version);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function lint(): Promise<void> {
  // The rule would fetch them from a host of its own.
  const types = join(tmpdir(), `gf-eslint-plugin-compatible-${lowestGrafana}`, 'node_modules');
  for (const name of packages) {
    const { stdout: archive } = await run('npm', ['pack', `${name}@${lowestGrafana}`], { cwd: folder });
    await mkdir(join(types, name), { recursive: true });
    await run('tar', ['xzf', archive.trim(), 'package/dist/cjs/index.d.cts'], { cwd: folder });
    await cp(join(folder, 'package/dist/cjs/index.d.cts'), join(types, name, 'index.d.ts'));
  }
  const rules = createRequire(join(folder, 'package.json'))(
    '@grafana/eslint-plugin-plugins',
  ) as ESLint.Plugin;
  const overrideConfig: Linter.Config = {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { '@grafana/plugins': rules },
    languageOptions: { parser: tseslint.parser as Linter.Parser },
    linterOptions: { noInlineConfig: true },
    rules: { '@grafana/plugins/import-is-compatible': ['error', { minGrafanaVersion: lowestGrafana }] },
  };
  const eslint = new ESLint({ cwd: plugin, overrideConfigFile: true, overrideConfig });
  const results = await eslint.lintFiles(['src']);
  const found = results.flatMap(({ filePath, messages }) =>
    messages.filter(({ ruleId }) => ruleId).map(({ line, message }) => `${filePath}:${line} ${message}\n`),
  );
  if (found.length > 0) process.exitCode = 1;
  process.stdout.write(
    `imports of ${results.length} files in ${lowestGrafana}: ${found.length} missing\n${found.join('')}`,
  );
}

/** Levitate asks npm for the version in use, which in a workspace answers nothing: then it compares nothing and finds all compatible. */
async function copySources(): Promise<string> {
  const copy = join(folder, 'plugin');
  await cp(join(plugin, 'src'), join(copy, 'src'), { recursive: true });
  await symlink(installed, join(copy, 'node_modules'));
  const dependencies = Object.fromEntries(packages.map((name) => [name, newest]));
  await writeFile(join(copy, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const config = {
    extends: join(plugin, '../tsconfig.base.json'),
    compilerOptions: { module: 'ESNext', moduleResolution: 'Bundler', jsx: 'react' },
  };
  await writeFile(join(copy, 'tsconfig.json'), JSON.stringify(config));
  const modules = (await readdir(join(copy, 'src'), { recursive: true }))
    .filter((name) => name.endsWith('plugin.json'))
    .map((name) => `import './${join(dirname(name), 'module')}';\n`);
  await writeFile(join(copy, 'src/all.ts'), modules.join(''));
  return copy;
}

async function levitate(copy: string, version: string): Promise<void> {
  const target = packages.map((name) => `${name}@${version}`).join(',');
  const program = join(folder, 'node_modules/.bin/levitate');
  // It ends with 1 where anything differs.
  const { stdout } = await run(program, ['is-compatible', '--path', 'src/all.ts', '--target', target], {
    cwd: copy,
    maxBuffer: 1e8,
  }).catch((error: { stdout: string }) => error);
  const compared = stdout.match(/Found \S+ version \S+ locally/g) ?? [];
  if (compared.length !== packages.length || stdout.includes('Could not process')) process.exitCode = 1;
  process.stdout.write(`${newest} and ${version}:\n${stdout}\n`);
}

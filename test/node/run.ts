import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs the test suite on other releases of Node, with the binaries that npm carries as `node-<platform>-<arch>`:
 *
 *     npm run test:node                       the oldest release that is supported, and the newest of each LTS line
 *     npm run test:node -- 24 --- test/start  one release, some tests
 *
 * Ends non-zero when any of them failed. Needs nothing but the npm registry.
 */
const supported = ['20.19.0', '22', '24'];

const root = fileURLToPath(new URL('../..', import.meta.url));
const given = process.argv.slice(2);
const divider = given.indexOf('---');
const releases = divider < 0 ? given : given.slice(0, divider);
const tests = divider < 0 ? [] : given.slice(divider + 1);

/** Installed once and kept in the folder that git ignores. @throws {Error} when npm does not have that release. */
function binaryFolder(release: string): string {
  const folder = path.join(root, '.data', 'node', release);
  const packageName = `node-${process.platform}-${process.arch}`;
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--no-save', '--ignore-scripts', `${packageName}@${release}`],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) throw new Error(`${packageName}@${release} could not be installed from the npm registry`);
  return path.join(folder, 'node_modules', packageName, 'bin');
}

/** What the tests themselves start as `node` must be the same release, hence PATH. */
function passes(release: string): boolean {
  const bin = binaryFolder(release);
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
  const version = spawnSync(path.join(bin, 'node'), ['--version'], { encoding: 'utf8' }).stdout.trim();
  process.stdout.write(`\nNode ${version}\n`);
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return (
    spawnSync(path.join(bin, 'node'), [vitest, 'run', ...tests], { cwd: root, env, stdio: 'inherit' })
      .status === 0
  );
}

const failed = (releases.length > 0 ? releases : supported).filter((release) => !passes(release));
if (failed.length > 0) {
  process.stderr.write(`The tests failed on Node ${failed.join(' and ')}.\n`);
  process.exitCode = 1;
}

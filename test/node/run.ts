import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { installed, runOn } from '../releases.ts';

/**
 * Runs the test suite on other releases of Node, with the binaries that npm carries as `node-<platform>-<arch>`:
 *
 *     npm run test:node                       the oldest release that is supported, and the newest of each LTS line
 *     npm run test:node -- 24 --- test/start  one release, some tests
 *
 * Ends non-zero when any of them failed. Needs nothing but the npm registry.
 */
runOn(['20.19.0', '22', '24'], 'Node', (release) => {
  const bin = path.join(installed('node', `node-${process.platform}-${process.arch}`, release), 'bin');
  const node = path.join(bin, 'node');
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  // What the tests themselves start as `node` must be the same release.
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
  return { node, env, version };
});

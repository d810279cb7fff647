import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findBinaries } from '@dtdqm/worker/storage/embedded/binaries';
import { freePort, clusterPaths, clusterUrl, createCluster } from '@dtdqm/worker/storage/embedded/cluster';
import { chooseAccount } from '@dtdqm/worker/storage/embedded/account';
import { migrate } from '@dtdqm/worker/storage/migrate';

export interface Cluster {
  url: string;
  /** PostgreSQL's own directory. */
  directory: string;
  start(): Promise<void>;
  /** `fast` ends connections; `immediate` is as good as a power cut. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  remove(): Promise<void>;
}

export interface ClusterOptions {
  /** PostgreSQL settings. */
  settings?: Record<string, string>;
  /** Where to put it; a new folder unless set. */
  parent?: string;
}

/** A PostgreSQL server of its own, always on the same port, that a test stops and starts. Crash-safe as in production. */
export async function createTestCluster({ settings = {}, parent }: ClusterOptions = {}): Promise<Cluster> {
  const root = parent ?? (await mkdtemp(path.join(tmpdir(), 'dtdqm-fault-')));
  await chmod(root, 0o755);
  const paths = clusterPaths(path.join(root, 'postgres'));
  const binaries = await findBinaries();
  const account = await chooseAccount([root, binaries.home]);
  await createCluster(paths, binaries, account, { durable: true });
  const port = await freePort();
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port), ...settings };
  const flags = Object.entries(all)
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(' ');
  const control = (...args: string[]) =>
    account.run(path.join(binaries.home, 'bin', 'pg_ctl'), [...args, '-w', '-s', '-D', paths.cluster]);
  const cluster: Cluster = {
    url: await clusterUrl(paths, port),
    directory: paths.cluster,
    async start() {
      await control('start', '-l', path.join(paths.cluster, 'start.log'), '-o', flags);
    },
    async stop(mode) {
      await control('stop', '-m', mode);
    },
    async remove() {
      await cluster.stop('immediate').catch(() => undefined);
      await rm(root, { recursive: true, force: true });
    },
  };
  await cluster.start();
  await migrate(cluster.url, { info: () => undefined });
  return cluster;
}

/** A file system of so many megabytes in memory, or undefined where we may not mount one. */
export async function smallFileSystem(
  megabytes: number,
): Promise<{ directory: string; unmount(): Promise<void> } | undefined> {
  const run = promisify(execFile);
  const directory = await mkdtemp(path.join(tmpdir(), 'dtdqm-small-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', directory]);
  } catch {
    await rm(directory, { recursive: true });
    return undefined;
  }
  return {
    directory,
    async unmount() {
      await run('umount', ['-l', directory]);
      await rm(directory, { recursive: true });
    },
  };
}

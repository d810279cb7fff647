import { access, constants, statfs } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, whyNot } from '@dtdqm/detector/files';
import { StorageError } from '../connectionErrors.ts';

/** What to do about a folder that is of no use. */
export const setAnother = 'set DTDQM_DATA_DIR to a folder on a local disk that this user may write to';

/** PostgreSQL takes paths of 1,023 bytes, and its own names come behind. */
const longestPath = 900;

/**
 * Makes the data directory where it is missing, and makes sure that it can be written to.
 *
 * @returns its whole path.
 * @throws {StorageError} in one line with the fix.
 */
export async function makeDataDirectory(dataDirectory: string): Promise<string> {
  const root = path.resolve(dataDirectory);
  try {
    if (Buffer.byteLength(root) > longestPath)
      throw new Error(`the path has more than the ${longestPath} bytes that PostgreSQL can work with`);
    await makeFolder(root);
    await access(root, constants.W_OK | constants.X_OK);
    return root;
  } catch (cause) {
    throw new StorageError(`data directory ${root} cannot be used: ${whyNot(cause)}; ${setAnother}`, {
      cause,
    });
  }
}

/** A new database with its tables takes 65 MB; the first runs 0.8 MB each. */
const newDatabaseMegabytes = 100;

/** @throws {StorageError} where a new database would fill the disk before it is made. */
export async function refuseFullDisk(root: string): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(root);
  const free = Math.floor((bavail * bsize) / 1e6);
  // Some file systems do not say.
  if (blocks === 0 || free >= newDatabaseMegabytes) return;
  throw new StorageError(
    `data directory ${root} has ${free} MB free, a new database takes ${newDatabaseMegabytes} MB: make room, or ${setAnother}`,
  );
}

import { rmSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** A file or folder that cannot be used; the message names it and says why. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** Reasons of the operating system in words, by their codes. */
const reasons: Record<string, string> = {
  EACCES: 'this user may not do that there',
  EPERM: 'this user may not do that there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  ENOENT: 'there is no such place',
  ENOTDIR: 'a part of the path is a file',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'it is a symbolic link that leads to itself',
};

/** Why something with files failed, in words. */
export function whyNot(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

/**
 * Removes a draft as the process exits: whoever is asked to end has half a second to clear away, which a busy machine may not give.
 *
 * @returns lets the exit leave it alone, once it has its name or is gone.
 */
export function removeAtExit(draft: string): () => void {
  const remove = () => rmSync(draft, { recursive: true, force: true });
  process.once('exit', remove);
  return () => void process.removeListener('exit', remove);
}

/** Larger files are none of ours: a model has 1 MB, a recording of 1,000 runs 1 GB. */
const mostBytes = 2 ** 30;

/**
 * Refuses what would be waited for or read without end: pipes, devices, sockets, folders, and files of more than a gibibyte. A file that is
 * not there is left to whoever reads it.
 *
 * @throws {FileError}
 */
export function refuseSpecialFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  const kind = found.isDirectory()
    ? 'a folder'
    : found.isFIFO()
      ? 'a pipe'
      : found.isSocket()
        ? 'a socket'
        : found.isFile()
          ? undefined
          : 'a device';
  if (kind !== undefined) throw new FileError(`${file} is ${kind}; name an ordinary file`);
  if (found.size > mostBytes)
    throw new FileError(
      `${file} has ${found.size} bytes, which is more than any file of this kind; name the right one, or split it`,
    );
}

/**
 * Makes a folder with those above it. One by one: Node's own `recursive` tries for ever where the file system refuses with
 * "no such file", as /proc does.
 *
 * @throws {FileError}
 */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  const wanted = resolve(folder);
  const missing: string[] = [];
  try {
    for (let at = wanted; !(await isFolder(at)); at = dirname(at)) missing.unshift(at);
    for (const each of missing) {
      await mkdir(each, mode).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
    if (!(await isFolder(wanted))) throw new Error('it is not there after it was made');
  } catch (cause) {
    throw cause instanceof FileError
      ? cause
      : new FileError(`${wanted} cannot be made: ${whyNot(cause)}`, { cause });
  }
}

async function isFolder(at: string): Promise<boolean> {
  try {
    if ((await stat(at)).isDirectory()) return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
  throw new FileError(`${at} is a file, not a folder`);
}

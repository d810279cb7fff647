import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

/** A file that cannot be read or written; the message names it. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** @param path of a file, or "-" for standard input. */
export async function openInput(path: string): Promise<Readable> {
  if (path === '-') return process.stdin;
  try {
    const handle = await open(path, 'r');
    if ((await handle.stat()).isDirectory()) throw new Error('it is a folder');
    return createReadStream('', { fd: handle });
  } catch (cause) {
    throw new FileError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** What is written appears under its name only with `commit`, as a whole. Standard output cannot be taken back. */
export interface Output {
  write(text: string): Promise<void>;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** @param path of a file, or "-" for standard output. */
export async function openOutput(path: string): Promise<Output> {
  if (path === '-') return standardOutput();
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    const handle = await open(draft, 'w');
    return {
      write: async (text) => {
        await handle.write(text);
      },
      commit: async () => {
        await handle.close();
        await rename(draft, path);
      },
      discard: async () => {
        await handle.close();
        await rm(draft, { force: true });
      },
    };
  } catch (cause) {
    throw new FileError(`${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** Held back until everything is scored, so that a bad line late in the input leaves nothing half-written here either. */
function standardOutput(): Output {
  const texts: string[] = [];
  return {
    write: (text) => Promise.resolve(void texts.push(text)),
    commit: () =>
      new Promise((resolve, reject) => {
        process.stdout.write(texts.join(''), (cause) => (cause ? reject(cause) : resolve()));
      }),
    discard: () => Promise.resolve(),
  };
}

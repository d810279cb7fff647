import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { StorageError } from '../connectionErrors.ts';

export async function makeDataDirectory(dataDirectory: string): Promise<string> {
  const root = path.resolve(dataDirectory);
  await mkdir(root, { recursive: true }).catch((error: unknown) => {
    throw new StorageError(`data directory ${root} cannot be made: ${String(error)}`, { cause: error });
  });
  return root;
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Of the weights: tells whether two folders of one name hold the same network. */
export async function folderHash(folder: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path.join(folder, 'weights.bin')))
    .digest('hex');
}

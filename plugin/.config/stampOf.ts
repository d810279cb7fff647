import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Changes whenever a source file does; not with its date, because copying into an image changes that. */
export async function stampOf(directories: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const directory of directories) {
    const names = await readdir(directory, { recursive: true });
    for (const name of names
      .filter((each) => /\.(tsx?|css|html|json|md)$/.test(each) && !/^dist/.test(each))
      .sort()) {
      hash.update(`${name}\n`).update(await readFile(join(directory, name)));
    }
  }
  return hash.digest('hex');
}

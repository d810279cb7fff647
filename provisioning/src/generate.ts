import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { provisioningFiles } from './files.ts';

/** Writes the files of provisioning/ anew; a test fails while they differ from what this code makes. */
const root = fileURLToPath(new URL('..', import.meta.url));
for (const [file, text] of provisioningFiles()) {
  const target = path.join(root, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Folder with node_api.h: that of the running Node, else the npm package of the same headers. */
export function nodeHeaders(executable = process.execPath): string {
  const own = join(dirname(dirname(executable)), 'include', 'node');
  if (existsSync(join(own, 'node_api.h'))) return own;
  return join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
}

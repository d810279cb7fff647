import { readFile, realpath } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

export interface Asset {
  body: Buffer;
  /** The same by gzip, where the build made it. */
  gzip: Buffer | null;
  /** Media type. */
  type: string;
  cacheControl: string;
}

/** What a build adds to the name of a file for the same by gzip. */
export const compressed = '.gz';

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** What the workbench's page may load: itself, styles that are made while it runs, and pictures that it draws. */
export const workbenchPolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
};

/** The one page that stands at every address of the workbench. */
export async function workbenchPage(dir: string): Promise<Asset> {
  return {
    body: await readFile(join(dir, 'index.html')),
    gzip: null,
    type: types['.html'] ?? '',
    cacheControl: 'no-cache',
  };
}

/**
 * A file below `/assets/`, or null when there is none. Names with a hash never change; the others are asked for again.
 *
 * @param path as it stands in the address, e.g. `/assets/workbench-3FA2B7QX.js`.
 */
export async function workbenchAsset(dir: string, path: string): Promise<Asset | null> {
  const type = types[extname(path)];
  const root = join(dir, 'assets') + sep;
  const file = join(dir, normalize(decodeSafely(path)));
  if (!type || !file.startsWith(root)) return null;
  try {
    // A link inside the directory must not lead out of it either.
    if (!(await realpath(file)).startsWith((await realpath(join(dir, 'assets'))) + sep)) return null;
    const isHashed = /-[A-Z0-9]{8}\.\w+$/.test(file);
    const cacheControl = isHashed ? 'public, max-age=31536000, immutable' : 'no-cache';
    const gzip = await readFile(file + compressed).catch(() => null);
    return { body: await readFile(file), gzip, type, cacheControl };
  } catch {
    return null;
  }
}

function decodeSafely(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

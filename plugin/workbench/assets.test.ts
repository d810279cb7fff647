import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workbenchAsset, workbenchPage } from './assets.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dtdqm-assets-'));
  await mkdir(join(dir, 'assets'));
  await writeFile(join(dir, 'index.html'), '<p>page');
  await writeFile(join(dir, 'secret.js'), 'secret');
  await writeFile(join(dir, 'assets/chunk-ABCD1234.js'), 'chunk');
  await writeFile(join(dir, 'assets/notes.txt'), 'notes');
  await symlink(join(dir, 'secret.js'), join(dir, 'assets/link.js'));
});
afterAll(() => rm(dir, { recursive: true }));

describe('workbenchAsset', () => {
  it('gives a file with its type, and lets hashed names be kept for ever', async () => {
    const asset = await workbenchAsset(dir, '/assets/chunk-ABCD1234.js');
    expect(asset?.body.toString()).toBe('chunk');
    expect(asset?.type).toMatch(/^text\/javascript/);
    expect(asset?.cacheControl).toContain('immutable');
    expect((await workbenchPage(dir)).cacheControl).toBe('no-cache');
  });

  it.each([
    '/assets/../secret.js',
    '/assets/%2e%2e/secret.js',
    '/assets/..%2fsecret.js',
    '/assets/link.js',
    '/assets/notes.txt',
    '/assets/missing.js',
    '/assets/%E0%A4%A.js',
    '/secret.js',
  ])('gives nothing for %s', async (path) => {
    expect(await workbenchAsset(dir, path)).toBeNull();
  });
});

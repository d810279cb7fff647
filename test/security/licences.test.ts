import { expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';

interface LockedPackage {
  license?: string;
  dev?: boolean;
  link?: boolean;
}

/** Licences that let the monitor be given away under Apache-2.0. A package under another one needs somebody to read it. */
const known = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
];

/** Packages whose licence is in words of its own, and what was found when somebody read it. */
const read: Record<string, string> = {
  h5wasm: 'terms of NIST: use, change and pass on, while the notice is kept',
};

it('every package that runs in production is under a known licence', async () => {
  const lock = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const inProduction = Object.entries(lock.packages).filter(
    ([path, { dev, link }]) => path.includes('node_modules/') && dev !== true && link !== true,
  );
  const unknown = inProduction.flatMap(([path, { license = 'none' }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const named = license.split(/ AND | OR |[()]/).filter((part) => part !== '');
    const fits = named.every((part) => known.includes(part)) || name in read;
    return fits ? [] : [`${name}: ${license}`];
  });
  expect(inProduction.length).toBeGreaterThan(100);
  expect(unknown).toEqual([]);
});

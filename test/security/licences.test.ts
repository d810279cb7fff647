import { expect, it } from 'vitest';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

interface LockedPackage {
  version?: string;
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

interface Shipped {
  name: string;
  version: string;
  license: string;
}

/** What is installed without development dependencies, on any platform, once each. */
async function shipped(): Promise<Shipped[]> {
  const lock = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const found = Object.entries(lock.packages)
    .filter(([path, { dev, link }]) => path.includes('node_modules/') && dev !== true && link !== true)
    .map(([path, { version = '', license = 'none' }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return [`${name}@${version}`, { name, version, license }] as const;
    });
  return [...new Map(found).values()].sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));
}

it('every package that runs in production is under a known licence', async () => {
  const packages = await shipped();
  const unknown = packages.flatMap(({ name, license }) => {
    const named = license.split(/ AND | OR |[()]/).filter((part) => part !== '');
    const fits = named.every((part) => known.includes(part)) || name in read;
    return fits ? [] : [`${name}: ${license}`];
  });
  expect(packages.length).toBeGreaterThan(100);
  expect(unknown).toEqual([]);
});

it('docs/licences.txt lists them (npx vitest run test/security/licences.test.ts -u writes it anew)', async () => {
  const lines = (await shipped()).map(({ name, version, license }) => `${name}@${version}  ${license}\n`);
  await expect(lines.join('')).toMatchFileSnapshot('../../docs/licences.txt');
});

it('the bill of materials names nothing but them', async () => {
  const npm = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'], {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
  });
  const bill = JSON.parse(npm.stdout) as {
    bomFormat: string;
    components: { group?: string; name: string; version: string; 'bom-ref': string }[];
  };
  expect(bill.bomFormat).toBe('CycloneDX');
  const listed = new Set((await shipped()).map(({ name, version }) => `${name}@${version}`));
  const named = bill.components.map(({ 'bom-ref': ref }) => ref.replace(/\|.*$/, ''));
  expect(named.filter((each) => !listed.has(each) && !each.startsWith('@dtdqm/'))).toEqual([]);
  // Packages for other platforms are locked, and not installed here.
  expect(named.length).toBeGreaterThan(listed.size / 2);
});

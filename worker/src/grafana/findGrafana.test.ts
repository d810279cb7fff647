import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findGrafana, tooOld } from './findGrafana.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'dtdqm-find-grafana-')));
});
afterEach(() => rm(folder, { recursive: true }));

async function unpack(name: string, program: string): Promise<string> {
  const home = path.join(folder, name);
  await mkdir(path.join(home, 'bin'), { recursive: true });
  await mkdir(path.join(home, 'conf'));
  await writeFile(path.join(home, 'conf', 'defaults.ini'), '');
  await writeFile(path.join(home, 'bin', program), '#!/bin/sh\n');
  await chmod(path.join(home, 'bin', program), 0o755);
  return home;
}

test('an unpacked archive on PATH is found with its home', async () => {
  const home = await unpack('new', 'grafana');
  expect(await findGrafana({ PATH: `/nowhere:${home}/bin` })).toEqual({
    command: `${home}/bin/grafana`,
    args: ['server'],
    home,
  });
});

test('GRAFANA_HOME goes before PATH, and is refused by name when it holds none', async () => {
  const onPath = await unpack('path', 'grafana');
  const home = await unpack('home', 'grafana');
  expect(await findGrafana({ PATH: `${onPath}/bin`, GRAFANA_HOME: home })).toMatchObject({ home });
  await expect(findGrafana({ PATH: '', GRAFANA_HOME: folder })).rejects.toThrow(
    /GRAFANA_HOME is .*holds no conf\/defaults\.ini; name the folder/,
  );
});

test('nothing is found where there is nothing', async () => {
  expect(await findGrafana({ PATH: folder })).toBeNull();
});

test('an older one than the plugin promises is too old', () => {
  for (const version of ['11.6.0', '11.6.12', '12.0.0', '13.2.3']) expect(tooOld(version)).toBeUndefined();
  for (const version of ['9.5.2', '10.4.19', '11.5.9'])
    expect(tooOld(version)).toBe(`Grafana ${version} is older than 11.6: panels will not load`);
});

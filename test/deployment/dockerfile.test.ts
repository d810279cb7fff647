import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readCompose, root } from './composeFile.ts';

interface Instruction {
  name: string;
  rest: string;
}

const instructions: Instruction[] = readFileSync(`${root}Dockerfile`, 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ name: line.split(' ')[0] ?? '', rest: line.replace(/^\w+ /, '') }));

/** Instructions of each stage, by its name. */
const stages = new Map<string, Instruction[]>();
for (const instruction of instructions) {
  const [, name] = (instruction.name === 'FROM' && / AS (\w+)$/.exec(instruction.rest)) || [];
  if (name !== undefined) stages.set(name, [instruction]);
  else [...stages.values()].at(-1)?.push(instruction);
}

const copies = instructions.filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'));
const sources = copies.flatMap(({ rest }) => rest.split(' ').slice(0, -1));

test('base images are pinned to an exact version', () => {
  const images = instructions
    .filter(({ name }) => name === 'ARG')
    .map(({ rest }) => rest.split('=')[1] ?? '');
  expect(images.length).toBeGreaterThan(0);
  for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+(-[\w-]+)?$/);
  for (const { name, rest } of instructions) {
    if (name !== 'FROM') continue;
    const from = rest.split(' ')[0] ?? '';
    expect(from.startsWith('${') || stages.has(from), from).toBe(true);
  }
});

test('what is copied exists, and .dockerignore lets it through', () => {
  const allowed = readFileSync(`${root}.dockerignore`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  for (const source of sources) {
    expect(existsSync(root + source.replace(/\*.*$/, '')), source).toBe(true);
    expect(
      allowed.some((each) => source === each || source.startsWith(`${each}/`)),
      source,
    ).toBe(true);
  }
});

test('every workspace takes part in the install, because npm ci compares them with the lock file', async () => {
  const { workspaces } = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as {
    workspaces: string[];
  };
  for (const workspace of workspaces) expect(sources).toContain(`${workspace}/package.json`);
});

test('nothing but npm is asked for packages', () => {
  for (const { name, rest } of instructions) {
    expect(name).not.toBe('ADD');
    if (name === 'RUN') expect(rest).not.toMatch(/apt|apk|curl|wget|npx|npm install|https?:/);
  }
});

test('images hold no development dependencies and do not run as root', () => {
  for (const { build } of Object.values(readCompose().services)) {
    if (build === undefined) continue;
    const stage = stages.get(build.target) ?? [];
    const users = stage.filter(({ name }) => name === 'USER').map(({ rest }) => rest);
    expect(users.at(-1), build.target).toMatch(/^(node|472)$/);
  }
  const installs = (stages.get('dependencies') ?? []).filter(({ rest }) => rest.includes('npm ci'));
  expect(installs.map(({ rest }) => rest).join()).toContain('--omit=dev');
  expect((stages.get('monitor') ?? []).map(({ rest }) => rest).join('\n')).not.toContain('npm');
});

test('the image of the monitor starts without arguments what it can, and makes no volume without a name', () => {
  const monitor = stages.get('monitor') ?? [];
  expect(monitor.find(({ name }) => name === 'CMD')?.rest).not.toContain('start');
  for (const stage of stages.values()) expect(stage.map(({ name }) => name)).not.toContain('VOLUME');
});

test('files that containers run are in the image or mounted', () => {
  for (const [name, { healthcheck, volumes = [] }] of Object.entries(readCompose().services)) {
    const scripts = (healthcheck?.test ?? []).filter((part) => part.endsWith('.mjs'));
    for (const script of scripts) {
      expect(existsSync(root + script), name).toBe(true);
      expect(sources.some((source) => source === 'deploy/docker/*.mjs') || volumes.length > 0).toBe(true);
    }
  }
});

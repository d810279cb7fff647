import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { composeVariables, root } from './composeFile.ts';

const lines = readFileSync(`${root}.env.example`, 'utf8').split('\n');
const settings = lines.flatMap((line) => {
  const [, name = '', value = ''] = /^#([A-Z][A-Z_]+)=(.*)$/.exec(line) ?? [];
  return name === '' ? [] : [{ name, value }];
});

test('.env.example explains every variable of docker-compose.yml, and no others', () => {
  expect(settings.map(({ name }) => name).sort()).toEqual([...composeVariables().keys()].sort());
});

test('.env.example shows the defaults; where there is none it may give an example', () => {
  for (const { name, value } of settings) {
    const fallback = composeVariables().get(name);
    if (fallback !== '') expect(value, name).toBe(fallback);
  }
});

test('each setting stands below a sentence', () => {
  for (const [index, line] of lines.entries()) {
    if (!/^#[A-Z_]+=/.test(line)) continue;
    expect(lines[index - 1], line).toMatch(/^# .+|^#[A-Z_]+=/);
  }
});

test('.env.example sets nothing, so that a copy of it changes nothing', () => {
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
});

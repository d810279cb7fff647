import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const laboratory = join(root, 'worker/src/cli/commands/laboratory.ts');

/** Files that a file loads, at once or later; what is imported for its types alone is not loaded. */
function loadedBy(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const statements =
    /^(?:import|export) (?!type )[^;]*?from '([^']+)';|import\('([^']+)'\)|new URL\('([^']+\.[jt]s)', import\.meta\.url\)/gm;
  return [...source.matchAll(statements)].flatMap(([, fixed, later, thread]) => {
    const name = (fixed ?? later ?? thread)!;
    const [, room, path] = /^@dtdqm\/(\w+)\/?(.*)$/.exec(name) ?? [];
    if (room === undefined) return name.startsWith('.') ? [join(dirname(file), name)] : [];
    const { exports } = JSON.parse(readFileSync(join(root, room, 'package.json'), 'utf8')) as {
      exports: Record<string, string>;
    };
    const own = exports[path === '' ? '.' : `./${path}`] ?? exports['./*']?.replace('*', path ?? '');
    return [join(root, room, own!)];
  });
}

/** All files that a start of the file can reach. */
function reachedFrom(file: string, except?: string): Set<string> {
  const reached = new Set<string>();
  const left = [file];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (reached.has(next) || next === except || !existsSync(next)) continue;
    reached.add(next);
    left.push(...loadedBy(next));
  }
  return reached;
}

const inLab = (files: Iterable<string>) => [...files].filter((file) => file.startsWith(join(root, 'lab/')));

it('loads the laboratory through its own commands alone: no worker, API, first run or retraining does', () => {
  const production = reachedFrom(join(root, 'worker/src/cli.ts'), laboratory);
  expect([...production]).toEqual(
    expect.arrayContaining([
      join(root, 'worker/src/main.ts'),
      join(root, 'worker/src/learning/retrain/retrain.ts'),
      join(root, 'detector/src/training/trainDetector.ts'),
      join(root, 'detector/src/threads/thread.js'),
    ]),
  );
  expect(inLab(production)).toEqual([]);
  expect(inLab(reachedFrom(laboratory)).length).toBeGreaterThan(5);
});

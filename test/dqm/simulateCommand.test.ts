import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import { compiled } from '../start/compile.ts';
import { clientOf } from './rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const simulate = (...options: string[]) => command('simulate', ...options);

function command(first: string | Record<string, string>, ...rest: string[]) {
  const [env, args] = typeof first === 'string' ? [{}, [first, ...rest]] : [first, rest];
  const program = compiled(inject('programDirectory'), 'worker/src/cli.ts');
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return { child, exit: once(child, 'exit').then(([code]: unknown[]) => ({ code, errors })) };
}

describe('dtdqm simulate', () => {
  it('says where it listens, serves the simulated detector, and ends on SIGTERM', async () => {
    const rules = file('rules.json', JSON.stringify([{ run: 7, action: { do: 'missing' } }]));
    const { child, exit } = simulate('--runs', '2', '--first-run', '7', '--control', '--rules', rules);
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const { url, control } = JSON.parse(line) as { url: string; control: string };
    const client = clientOf(url);
    const { runs } = await client.listRuns({ dataset: 'Global/Online/ALL' });
    expect(runs.map(({ run }) => run)).toEqual([8, 7]);
    const chamber = { wheel: 0, station: 4, sector: 14 } as const;
    const [newest, oldest] = runs as [(typeof runs)[0], (typeof runs)[0]];
    await expect(client.fetchChamber(newest, chamber)).resolves.toHaveLength(12);
    await expect(client.fetchChamber(oldest, chamber)).rejects.toMatchObject({ code: 'absent' });
    expect(await (await fetch(control)).json()).toMatchObject({ rules: [{ run: 7 }] });
    child.kill('SIGTERM');
    expect(await exit).toEqual({ code: 0, errors: '' });
  });

  it('takes a run by its script from now on, as fast as it is told to', async () => {
    const fault = { chamber: 'W0_St1_Sec1', layers: [3], from: 0 };
    const script = file('script.json', JSON.stringify({ lumisections: 5, faults: [fault] }));
    const { child, exit } = simulate('--runs', '1', '--script', script, '--speed', '10000');
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const client = clientOf((JSON.parse(line) as { url: string }).url);
    const newest = { run: 380_002, dataset: 'Global/Online/ALL' };
    const hitsOfLayers = async () => {
      const matrix = await client.fetchChamber(newest, { wheel: 0, station: 1, sector: 1 });
      return matrix.map((row) => row.reduce((sum, hits) => sum + Math.max(0, hits), 0));
    };
    await expect.poll(async () => (await hitsOfLayers())[0]).toBeGreaterThan(0);
    expect((await hitsOfLayers())[2]).toBe(0);
    child.kill('SIGTERM');
    expect(await exit).toEqual({ code: 0, errors: '' });
  });

  it.concurrent.each([
    [
      'a script that is none',
      ['--script', file('bad-script.json', '{}')],
      /bad-script\.json: .*lumisections/,
    ],
    ['a recording that is malformed', ['--replay', file('bad.jsonl', '{}')], /bad\.jsonl line 1: /],
    ['rules that are no rules', ['--rules', file('bad.json', '[{}]')], /bad\.json: .*0\.action/],
    ['a certificate that is missing', ['--tls-cert', join(folder, 'none.pem')], /none\.pem does not exist/],
    ['a key without a certificate', ['--tls-key', 'some.key'], /--tls-cert/],
  ])('refuses %s with one line', async (_, options, reason) => {
    const { code, errors } = await simulate(...options).exit;
    expect(code).toBe(1);
    expect(errors).toMatch(reason);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a port out of range as wrong usage, and says how to learn the right one', async () => {
    const { code, errors } = await simulate('--port', '65536').exit;
    expect(code).toBe(2);
    expect(errors).toMatch(/^.*must be a whole number from 0 to 65535.*\nRun it with --help .*\n$/);
  });
});

describe('dtdqm replay-run', () => {
  it('lets recorded snapshots grow again', async () => {
    const chamber = { wheel: -2, station: 1, sector: 7 } as const;
    const snapshot = (second: number, hits: number) =>
      JSON.stringify({
        at: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
        ...{ run: 9, ...chamber, matrix: Array.from({ length: 12 }, () => new Array<number>(50).fill(hits)) },
      });
    const recording = file('recorded.jsonl', [snapshot(0, 3), snapshot(600, 8)].join('\n'));
    const { child, exit } = command('replay-run', recording, '--speed', '100');
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const client = clientOf((JSON.parse(line) as { url: string }).url);
    const [listed] = (await client.listRuns({ dataset: 'Global/Online/ALL' })).runs;
    expect(listed?.run).toBe(9);
    const hits = async () => (await client.fetchChamber(listed!, chamber))[0]?.[0];
    expect(await hits()).toBe(3);
    await vi.waitFor(async () => expect(await hits()).toBe(8), { timeout: 10_000 });
    child.kill('SIGTERM');
    expect(await exit).toEqual({ code: 0, errors: '' });
  });

  it('refuses a line that is none', async () => {
    const { code, errors } = await command('replay-run', file('no-snapshot.jsonl', '{"run": 1}')).exit;
    expect([code, errors]).toEqual([1, expect.stringMatching(/^.*no-snapshot\.jsonl line 1: .*\n$/)]);
  });
});

describe('dtdqm record-run', () => {
  it('refuses to go over a file that is there, or to go without a server, in one line', async () => {
    const there = file('there.jsonl', 'kept');
    const without = await command('record-run', '5', '--out', join(folder, 'new.jsonl')).exit;
    expect(without).toEqual({ code: 1, errors: expect.stringMatching(/^dtdqm: set DQM_URL.*\n$/) as string });
    const over = await command({ DQM_URL: 'http://127.0.0.1:9' }, 'record-run', '5', '--out', there).exit;
    expect(over).toEqual({ code: 1, errors: expect.stringMatching(/^.*there\.jsonl exists.*\n$/) as string });
    expect(readFileSync(there, 'utf8')).toBe('kept');
  });

  it('writes what the server shows, and ends with it at SIGTERM', async () => {
    const { child: server, exit: served } = simulate('--runs', '1', '--live');
    const [line] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const out = join(folder, 'live.jsonl');
    const { child, exit } = command({ DQM_URL: url }, 'record-run', '380002', '--out', out, '--every', '1');
    await vi.waitFor(() => expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(251), {
      timeout: 30_000,
      interval: 200,
    });
    child.kill('SIGTERM');
    expect(await exit).toEqual({ code: 0, errors: '' });
    const first = JSON.parse(readFileSync(out, 'utf8').split('\n')[0]!) as object;
    expect(first).toMatchObject({ run: 380_002, wheel: -2, startedAt: expect.any(String) as string });
    server.kill('SIGTERM');
    await served;
  });
});

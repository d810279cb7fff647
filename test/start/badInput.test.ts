import { createServer } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dtdqm } from './dtdqm.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtdqm-bad-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs to its end in an empty folder. */
async function outcome(args: readonly string[], env: Record<string, string> = {}) {
  const started = dtdqm(args, { env: { DTDQM_DATA_DIR: join(folder, 'data'), ...env }, cwd: folder });
  return { code: await started.ended, output: started.output() };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

describe('bad input ends in one clear line', () => {
  it('lists every fault of the configuration, without secrets', async () => {
    const { code, output } = await outcome(['start'], {
      API_PORT: 'eighty',
      DTDQM_DATADIR: 'x',
      API_TOKEN: 'hush',
    });
    expect(code).toBe(1);
    expect(output.match(/^ {2}- /gm)).toHaveLength(3);
    expect(output).toContain('API_PORT must be a whole number');
    expect(output).toContain('did you mean DTDQM_DATA_DIR?');
    expect(output).not.toContain('hush');
  });

  it('names a database that does not answer, without its password', async () => {
    const port = await closedPort();
    const { code, output } = await outcome(['migrate'], {
      DATABASE_URL: `postgres://user:hidden@127.0.0.1:${port}/dt`,
    });
    expect(code).toBe(1);
    expect(output).toMatch(
      new RegExp(`^dtdqm: database 127.0.0.1:${port}/dt cannot be used: .*DATABASE_URL\n$`),
    );
    expect(output).not.toContain('hidden');
  });

  it('names a certificate that is not there', async () => {
    const certificate = join(folder, 'user.pem');
    const { code, output } = await outcome(['worker'], {
      DQM_URL: 'https://dqm.example/dqm/online',
      DQM_CERT: certificate,
    });
    expect(code).toBe(1);
    expect(output).toContain(`certificate file ${certificate} does not exist`);
  });

  it('names file and line of a faulty recording', async () => {
    const recording = join(folder, 'recording.jsonl');
    await writeFile(recording, '{"run": 1\n');
    const { code, output } = await outcome(['start', '--replay', 'recording.jsonl']);
    expect(code).toBe(1);
    expect(output).toMatch(/recording\.jsonl line 1: not a JSON object/);
  });

  it.each([
    [['fetch', 'soon'], 'must be a whole number'],
    [['fetch'], "missing required argument 'run'"],
    [['strat'], "unknown command 'strat'"],
    [['start', '--port', '1'], "unknown option '--port'"],
  ])('tells how %j is meant', async (args, text) => {
    const { code, output } = await outcome(args);
    expect(code).toBe(2);
    expect(output).toContain(text);
  });

  it('writes nothing meanwhile', async () => {
    expect(await readdir(folder)).toEqual(['recording.jsonl']);
  });
});

describe('help', () => {
  it('names every command and where settings are', async () => {
    const { code, output } = await outcome(['--help']);
    expect(code).toBe(0);
    for (const command of [
      'start',
      'worker',
      'api',
      'simulate',
      'fetch',
      'migrate',
      'score',
      'import-model',
    ]) {
      expect(output).toContain(`  ${command} `);
    }
    expect(output).toContain('dtdqm config');
  });
});

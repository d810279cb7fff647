import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './server.ts';
import { readPostmaster } from './cluster.ts';

let directory: string;
let running: EmbeddedPostgres[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dtdqm-embedded-'));
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.stop().catch(() => undefined);
  await rm(directory, { recursive: true, force: true });
});

const cluster = () => path.join(directory, 'data', 'postgres', 'cluster');

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDirectory: path.join(directory, 'data'), durable: false });
  running.push(server);
  return server;
}

async function query(server: EmbeddedPostgres, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded database', () => {
  test('keeps its data over a restart, and its password to its owner', async () => {
    const first = await start();
    await query(first, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await readPostmaster(cluster())).toBeUndefined();
    const second = await start();
    expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
    const password = path.join(directory, 'data', 'postgres', 'password');
    expect((await stat(password)).mode & 0o777).toBe(0o600);
    const other = new URL(second.url);
    other.password = 'guess';
    const stranger = new pg.Client({ connectionString: other.href });
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/);
    expect(await query(second, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  });

  test('is joined by a second process, and runs until the last one leaves', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(second.url).toBe(first.url);
    await first.stop();
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
    await expect(query(second, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  test('starts after a power cut, although its process number went to somebody else', async () => {
    const first = await start();
    await query(first, 'create table kept as select 42 as answer');
    await query(first, 'checkpoint');
    const pidFile = path.join(cluster(), 'postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    const { pid } = (await readPostmaster(cluster())) ?? { pid: 0 };
    process.kill(pid, 'SIGKILL');
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    try {
      await writeFile(pidFile, text.replace(String(pid), String(stranger.pid)));
      const second = await start();
      expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  test('of another PostgreSQL version is refused, with what to do', async () => {
    const first = await start();
    await first.stop();
    await writeFile(path.join(cluster(), 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 17, this is 18/);
  });

  test('says which data directory cannot be made', async () => {
    await writeFile(path.join(directory, 'data'), 'in the way');
    await expect(start()).rejects.toThrow(new RegExp(`data directory ${directory}/data cannot be made`));
  });
});

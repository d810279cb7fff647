import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './server.ts';
import { readPostmaster } from './postmaster.ts';

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

async function until(condition: () => Promise<unknown>): Promise<void> {
  for (;;) {
    if (await condition().catch(() => false)) return;
    await delay(50);
  }
}

async function backends(server: EmbeddedPostgres): Promise<number> {
  const rows = await query(
    server,
    `select pid from pg_stat_activity where state = 'active' and query like '%as a, generate_series%' and pid <> pg_backend_pid()`,
  );
  return rows.length;
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

  test('is started again on its port when it is killed, with its processes amid long statements', async () => {
    const server = await start();
    await query(server, 'create table kept as select 42 as answer');
    await query(server, 'checkpoint');
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    const endless = 'select count(*) from generate_series(1, 100000) as a, generate_series(1, 1000000) as b';
    const busy = client.query(endless).catch((error: Error) => error);
    await until(async () => (await backends(server)) > 0);
    process.kill((await readPostmaster(cluster()))?.pid ?? 0, 'SIGKILL');
    expect(await busy).toBeInstanceOf(Error);
    await until(() => query(server, 'select answer from kept'));
    expect(await query(server, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await server.stop();
    await expect(query(server, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  test('goes on after one of its processes was killed, and still stops with the last user', async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    await until(() => query(server, 'select 1'));
    await server.stop();
    await expect(query(server, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
    expect(await readPostmaster(cluster())).toBeUndefined();
  });

  test('is given up with a line that says what to do when it cannot be started again', async () => {
    const server = await start();
    await rename(path.join(cluster(), 'global'), path.join(cluster(), 'gone'));
    process.kill((await readPostmaster(cluster()))?.pid ?? 0, 'SIGKILL');
    const { message } = await server.lost;
    expect(message).toMatch(
      /^the embedded PostgreSQL went away and could not be kept running in 6 tries: .*could not find the database system/,
    );
    expect(message).toContain('then start again');
    expect(message).not.toContain('\n');
  });

  test('is made anew where a start was killed half-way', async () => {
    for (const name of ['postgres.new-AbCdEf', 'postgres.new-4194305-AbCdEf'])
      await mkdir(path.join(directory, 'data', name, 'cluster'), { recursive: true });
    await start();
    expect(await readdir(path.join(directory, 'data'))).toEqual(['postgres']);
  });

  test('leaves nothing when the start is given up', async () => {
    for (const afterMs of [0, 100, 400, 1500]) {
      const home = path.join(directory, `given-up-${afterMs}`);
      const signal = AbortSignal.timeout(afterMs);
      const starting = startEmbeddedPostgres({ dataDirectory: home, durable: false, signal });
      const outcome = await starting.catch((error: Error) => error);
      // On a fast machine the last one is done by then.
      if (!(outcome instanceof Error)) await outcome.stop();
      else expect(outcome.name).toBe('TimeoutError');
      expect((await readdir(home)).filter((name) => name !== 'postgres')).toEqual([]);
      expect(
        await readPostmaster(path.join(home, 'postgres', 'cluster')).catch(() => undefined),
      ).toBeUndefined();
    }
  });

  test('leaves nothing when the start is given up as soon as the server takes connections', async () => {
    await (await start()).stop();
    const giveUp = new AbortController();
    const starting = startEmbeddedPostgres({
      dataDirectory: path.join(directory, 'data'),
      durable: false,
      signal: giveUp.signal,
    });
    const isReady = async () => (await readPostmaster(cluster()).catch(() => undefined))?.isReady;
    while (!(await isReady())) await delay(1);
    giveUp.abort(new Error('given up'));
    await expect(starting).rejects.toThrow('given up');
    expect(await readPostmaster(cluster())).toBeUndefined();
  });

  test('of another PostgreSQL version is refused, with what to do', async () => {
    const first = await start();
    await first.stop();
    await writeFile(path.join(cluster(), 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 17, this is 18/);
  });

  test('says which data directory cannot be used, and why', async () => {
    await writeFile(path.join(directory, 'data'), 'in the way');
    await expect(start()).rejects.toThrow(
      new RegExp(`data directory ${directory}/data cannot be used: .*is a file, not a folder`),
    );
  });
});

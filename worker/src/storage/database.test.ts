import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer, type AddressInfo } from 'node:net';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { storageProblem } from '../api/problem.ts';
import { isDatabaseUnavailable } from './connectionErrors.ts';
import { openDatabase, transaction } from './database.ts';

const log = { warn: () => undefined };
let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

test('an unreachable server is named in one line, without the password', async () => {
  const closed = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
  const opening = openDatabase({ url: `postgres://user:hushhush@127.0.0.1:${closed}/name`, log });
  await expect(opening).rejects.toThrow(
    new RegExp(
      `^database 127\\.0\\.0\\.1:${closed}/name cannot be used: .*ECONNREFUSED.*Check DATABASE_URL$`,
    ),
  );
  await opening.catch((error: Error) => expect(error.message).not.toContain('hushhush'));
});

test('a wrong password, a wrong name and what is no address are told apart', async () => {
  const wrongPassword = new URL(db.url);
  wrongPassword.password = 'wrong';
  await expect(openDatabase({ url: wrongPassword.href, log })).rejects.toThrow(
    /password authentication failed/,
  );
  const wrongName = new URL(db.url);
  wrongName.pathname = '/nowhere';
  await expect(openDatabase({ url: wrongName.href, log })).rejects.toThrow(
    /database "nowhere" does not exist/,
  );
  await expect(openDatabase({ url: 'nonsense', log })).rejects.toThrow(
    /is not an address of the form postgres:/,
  );
});

test.each(['EAI_AGAIN', 'ENOTFOUND', 'ENETUNREACH', 'ECONNREFUSED', 'EHOSTDOWN'])(
  'a network that says %s is a database that is away, and comes back',
  (code) => {
    const fault = Object.assign(new Error(`getaddrinfo ${code} db`), { code });
    expect(isDatabaseUnavailable(fault)).toBe(true);
    expect(storageProblem(fault)).toMatchObject({ status: 503, id: 'database-unavailable' });
  },
);

test('a transaction that throws leaves nothing, and its connection is fit for use again', async () => {
  const count = async () => (await db.database.query<{ run: number }>('select run from run')).rows.length;
  const doomed = transaction(db.database, async (client) => {
    await client.query(`insert into run (run, dataset, status) values (1, 'd', 'LOADING')`);
    throw new Error('second thoughts');
  });
  await expect(doomed).rejects.toThrow('second thoughts');
  expect(await count()).toBe(0);
});

test('the loss of idle connections does not end the process', async () => {
  const lines: string[] = [];
  const pool = await openDatabase({
    url: db.url,
    log: { warn: (_: unknown, text?: string) => lines.push(text ?? '') },
  });
  const lost = new Promise((resolve) => pool.once('error', resolve));
  await db.database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await lost;
  expect(lines.join()).toContain('lost a connection to the database');
  expect((await pool.query('select 1')).rowCount).toBe(1);
  await pool.end();
});

test('the loss of a connection between two statements fails the transaction, not the process', async () => {
  const cut = transaction(db.database, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = new Promise((resolve) => client.once('end', resolve));
    await db.database.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    await client.query('select 1');
  });
  await expect(cut).rejects.toThrow();
  expect((await db.database.query('select 1')).rowCount).toBe(1);
});

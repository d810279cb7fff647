import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '@dtdqm/worker/config/index';
import { describeUrl, openDatabase } from '@dtdqm/worker/storage/database';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

/** The ways in which people write where PostgreSQL is, tried on one that answers at a Unix socket and over IPv6 as well. */
let storage: TestDatabase;
let folder: string;
const ways: Server[] = [];
const password = `p@ss/#?%w:${'ö'}`;

async function lead(to: URL, where: string | { host: string; port: number }): Promise<Server> {
  const way = createServer((socket) => {
    const far = connect(Number(to.port), to.hostname);
    for (const each of [socket, far]) each.on('error', () => [socket, far].forEach((end) => end.destroy()));
    socket.pipe(far).pipe(socket);
  });
  await new Promise<void>((resolve, reject) => way.on('error', reject).listen(where, resolve));
  ways.push(way);
  return way;
}

beforeAll(async () => {
  storage = await createTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-socket-'));
  await lead(new URL(storage.url), path.join(folder, '.s.PGSQL.5432'));
  await storage.database.query(`create role address_test login password '${password}'`);
  await storage.database.query('grant connect on database ' + nameOf() + ' to address_test');
});
afterAll(async () => {
  for (const way of ways) way.close();
  await storage.database.query('drop owned by address_test; drop role address_test');
  await storage.drop();
  await rm(folder, { recursive: true });
});
const nameOf = () => new URL(storage.url).pathname.slice(1);
const user = `address_test:${encodeURIComponent(password)}`;

async function openedAs(DATABASE_URL: string): Promise<unknown> {
  const url = readConfig({ DATABASE_URL }).databaseUrl ?? '';
  const database = await openDatabase({ url, log: { warn: () => undefined }, connections: 1 });
  const { rows } = await database.query('select current_user as user, current_database() as name');
  await database.end();
  return rows[0];
}

describe('DATABASE_URL', () => {
  it('may name a Unix socket as libpq does, or in the place of the host, whatever sslmode says', async () => {
    const there = { user: 'address_test', name: nameOf() };
    for (const url of [
      `postgres://${user}@/${nameOf()}?host=${folder}`,
      `postgresql://${user}@localhost/${nameOf()}?host=${folder}&sslmode=verify-full`,
      `postgres://${user}@${encodeURIComponent(folder)}/${nameOf()}?sslmode=require`,
      `postgres:///${nameOf()}?host=${folder}&user=address_test&password=${encodeURIComponent(password)}`,
    ]) {
      expect(await openedAs(url), url).toEqual(there);
    }
    const { databaseUrl } = readConfig({ DATABASE_URL: `postgres:///x?host=${folder}` });
    expect(describeUrl(databaseUrl ?? '')).toBe(`socket ${folder}, x`);
  });

  it('may name an address of IPv6', async ({ skip }) => {
    const way = await lead(new URL(storage.url), { host: '::1', port: 0 }).catch(() => null);
    if (way === null) return skip('this machine has no IPv6');
    const { port } = way.address() as { port: number };
    expect(await openedAs(`postgres://${user}@[::1]:${port}/${nameOf()}`)).toMatchObject({
      user: 'address_test',
    });
  });

  it.each([
    ['mysql://h/db', /must be an address that begins with postgres/],
    ['host=h dbname=db', /must be an address that begins with postgres/],
    ['postgres:///db', /names no host: .*\?host=\/directory for a Unix socket/],
    ['postgres://u:hidden@/db', /names no host/],
    ['postgres://u:hid#den@h/db', /cannot be read: .*# as %23/],
    ['postgres://u:12#hidden@h/db', /cannot be read/],
    ['postgres://u:12/hidden@h/db', /cannot be read/],
    ['postgres://u:12?hidden@h/db', /cannot be read|names no host/],
    ['postgres://h1,h2/db', /names several hosts/],
    ['postgres://h/db?host=h1,h2', /names several hosts/],
    ['postgres://h/db?ssl=true', /names ssl, which is no parameter of PostgreSQL: set sslmode/],
  ])('%s is refused in a line that says what to write, and no password', (DATABASE_URL, says) => {
    const read = () => readConfig({ DATABASE_URL });
    expect(read).toThrow(says);
    expect(read).not.toThrow(/hidden|hid/);
  });
});

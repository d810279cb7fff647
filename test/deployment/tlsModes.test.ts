import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '@dtdqm/worker/config/index';
import { openDatabase } from '@dtdqm/worker/storage/database';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@dtdqm/worker/storage/embedded/server';
import { Authority } from '../dqm/certificates.ts';

const authority = new Authority('Database CA');
let folder: string;
let server: EmbeddedPostgres;
const ca = (name: string) => path.join(folder, `${name}.pem`);

/** A PostgreSQL with a certificate for 127.0.0.1 of an authority that nobody trusts unless told to. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-tls-'));
  await writeFile(ca('ours'), authority.cert);
  await writeFile(ca('others'), new Authority('Another CA').cert);
  server = await startEmbeddedPostgres({ dataDirectory: path.join(folder, 'data'), durable: false });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  const directory = rows[0]!.data_directory;
  const { uid, gid } = await stat(path.join(directory, 'PG_VERSION'));
  const { cert, key } = authority.issue({ name: 'database' });
  for (const [file, text] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    await writeFile(path.join(directory, file), text, { mode: 0o600 });
    await chown(path.join(directory, file), uid, gid);
  }
  await client.query('alter system set ssl = on');
  await client.query('select pg_reload_conf()');
  await client.end();
  await vi.waitFor(
    async () => expect(await sessionAt('sslmode=require')).toEqual({ encrypted: true }),
    10_000,
  );
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** As settings have it: what the mode says of a connection. */
async function sessionAt(query: string, host = '127.0.0.1'): Promise<{ encrypted: boolean }> {
  const address = new URL(server.url);
  address.hostname = host;
  const { databaseUrl } = readConfig({ DATABASE_URL: `${address.href}?${query}` });
  const database = await openDatabase({ url: databaseUrl!, log: { warn: () => undefined } });
  try {
    const { rows } = await database.query<{ encrypted: boolean }>(
      'select ssl as encrypted from pg_stat_ssl where pid = pg_backend_pid()',
    );
    return rows[0]!;
  } finally {
    await database.end();
  }
}

describe('sslmode', () => {
  test('disable leaves the connection open', async () => {
    expect(await sessionAt('sslmode=disable')).toEqual({ encrypted: false });
  });

  test('require encrypts, and does not ask whose certificate it is', async () => {
    expect(await sessionAt('sslmode=require')).toEqual({ encrypted: true });
  });

  test('require and verify-ca with an authority want its certificate, whatever host that names', async () => {
    for (const mode of ['require', 'verify-ca']) {
      expect(await sessionAt(`sslmode=${mode}&sslrootcert=${ca('ours')}`, 'localhost')).toEqual({
        encrypted: true,
      });
      await expect(sessionAt(`sslmode=${mode}&sslrootcert=${ca('others')}`)).rejects.toThrow(/certificate/);
    }
  });

  test('verify-full wants the certificate of this host, of an authority that is trusted', async () => {
    expect(await sessionAt(`sslmode=verify-full&sslrootcert=${ca('ours')}`)).toEqual({ encrypted: true });
    await expect(sessionAt(`sslmode=verify-full&sslrootcert=${ca('ours')}`, 'localhost')).rejects.toThrow(
      /altnames|localhost/,
    );
    await expect(sessionAt('sslmode=verify-full')).rejects.toThrow(/certificate/);
  });

  test.each([
    ['prefer', /sslmode=prefer may leave the connection open to be read: set require, or disable/],
    ['allow', /sslmode=allow may leave the connection open to be read/],
    ['no-verify', /sslmode=no-verify is no mode of PostgreSQL: set require/],
    ['verify_full', /sslmode=verify_full must be one of disable, require, verify-ca, verify-full/],
    ['verify-ca', /sslmode=verify-ca needs sslrootcert=FILE/],
  ])('%s is refused with the fix', (mode, says) => {
    expect(() => readConfig({ DATABASE_URL: `postgres://me:secret@db/dtdqm?sslmode=${mode}` })).toThrow(says);
  });
});

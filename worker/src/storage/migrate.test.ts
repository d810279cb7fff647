import { afterEach, beforeEach, expect, test } from 'vitest';
import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { migrate } from './migrate.ts';

const quiet = { info: () => undefined };
let empty: TestDatabase;
beforeEach(async () => {
  empty = await createTestDatabase({ migrated: false });
});
afterEach(() => empty.drop());

test('several processes may start at once: every migration is applied once', async () => {
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(empty.url, quiet)));
  const files = await readdir(new URL('./migrations', import.meta.url));
  expect(applied.flat()).toEqual(files.sort().map((file) => file.replace('.sql', '')));
  const { rows } = await empty.database.query<{ name: string }>('select name from migration order by id');
  expect(rows.map(({ name }) => name)).toEqual(applied.flat());
});

test('a database of a newer version is refused by name, and left as it is', async () => {
  await migrate(empty.url, quiet);
  await empty.database.query(`insert into migration (name, run_on) values ('9999_future', now())`);
  await expect(migrate(empty.url, quiet)).rejects.toThrow(/newer version of the monitor \(9999_future\)/);
});

test('the lock is free again after a failure', async () => {
  await empty.database.query('create table run (something text)');
  await expect(migrate(empty.url, quiet)).rejects.toThrow(
    /cannot be brought up to date: .*"run" already exists/,
  );
  const client = new pg.Client({ connectionString: empty.url });
  await client.connect();
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::integer as n from pg_tables where tablename in ('chamber', 'model')`,
  );
  await client.end();
  expect(rows).toEqual([{ n: 0 }]);
  await empty.database.query('drop table run');
  expect((await migrate(empty.url, quiet)).length).toBeGreaterThan(0);
});

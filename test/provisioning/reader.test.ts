import { afterAll, beforeAll, expect, test } from 'vitest';
import type pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { queueRuns } from '../labels/labelled.ts';
import { connectAsReader } from './reader.ts';

let db: TestDatabase;
let reader: pg.Client;
beforeAll(async () => {
  db = await createTestDatabase();
  await queueRuns(db.database, 1);
  reader = await connectAsReader(db.url);
});
afterAll(async () => {
  await reader.end();
  await db.drop();
});

const system = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`;

test('the reader may select from every reporting view, and from nothing else', async () => {
  const { rows } = await db.database.query<{ name: string; schema: string; readable: boolean }>(
    `select c.relname as name, n.nspname as schema, has_any_column_privilege('dtdqm_grafana', c.oid, 'select') as readable
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${system} and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
  );
  expect(rows.length).toBeGreaterThan(20);
  for (const { name, schema, readable } of rows)
    expect(readable, `${schema}.${name}`).toBe(schema === 'reporting');
});

test('the reader may change nothing', async () => {
  const { rows } = await db.database.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${system} and c.relkind in ('r', 'p', 'v')
       and (has_table_privilege('dtdqm_grafana', c.oid, 'insert, update, delete, truncate, trigger')
            or has_any_column_privilege('dtdqm_grafana', c.oid, 'insert, update, references'))`,
  );
  expect(rows).toEqual([]);
  const { rows: schemas } = await db.database.query<{ name: string }>(
    `select n.nspname as name from pg_namespace n where ${system} and has_schema_privilege('dtdqm_grafana', n.oid, 'create')`,
  );
  expect(schemas).toEqual([]);
});

test.each([
  ['tables behind the views', 'select * from run'],
  ['hits', 'select hits from chamber limit 1'],
  ['labels with their keys', 'select idempotency_key from label_event'],
  ['passwords', 'select rolpassword from pg_authid'],
  ['files of the server', `select pg_read_file('PG_VERSION')`],
  ['programs of the server', `copy (select 1) to program 'true'`],
  ['another role', 'set role dtdqm'],
  ['working out summaries', 'begin read write; select summarise_run(1)'],
  ['forgetting reasons', `begin read write; select drop_saliency('1 second')`],
  ['deleting through a view', 'begin read write; delete from reporting.runs'],
])('the reader is refused %s', async (_, statement) => {
  await expect(reader.query(statement)).rejects.toMatchObject({
    code: expect.stringMatching(/^(42501|42P01|3F000)$/) as string,
  });
  await reader.query('rollback');
});

test('views that come later are readable without further ado', async () => {
  await db.database.query('create view reporting.later as select 1 as one');
  expect((await reader.query('select one from reporting.later')).rows).toEqual([{ one: 1 }]);
});

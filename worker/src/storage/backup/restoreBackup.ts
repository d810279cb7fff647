import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { StorageError } from '../error.ts';
import { schemaState } from '../migrate.ts';
import { fileOf, manifestFile, manifestSchema, type Manifest } from './manifest.ts';
import { tablesToBackUp } from './tables.ts';

/**
 * Fills an empty, migrated database from a back-up: all of it, or nothing when it throws.
 *
 * @throws {StorageError} when the folder is no whole back-up, the database is not empty, or the schemas differ.
 */
export async function restoreBackup(url: string, folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const client = new pg.Client({ connectionString: url, application_name: 'dtdqm restore', keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin');
    await client.query('set local statement_timeout = 0');
    await refuseOtherSchema(client, manifest);
    for (const { name, columns, rows } of manifest.tables) {
      await makeRoom(client, name);
      const copy = client.query(copyFrom(`copy "${name}" (${columns}) from stdin`));
      await pipeline(createReadStream(path.join(folder, fileOf(name))), createGunzip(), copy);
      if (copy.rowCount !== rows) {
        throw new StorageError(`${fileOf(name)} holds ${copy.rowCount} rows, the manifest says ${rows}`);
      }
    }
    await continueNumbers(client);
    await client.query('commit');
    await client.query('analyze');
    return manifest;
  } finally {
    // Without the commit the server takes everything back.
    await client.end();
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, manifestFile);
  try {
    return manifestSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new StorageError(`${folder} is not a whole back-up: ${manifestFile} is missing or damaged`, {
      cause,
    });
  }
}

async function refuseOtherSchema(client: pg.Client, { migrations, tables }: Manifest): Promise<void> {
  const { applied } = await schemaState(client);
  const here = await tablesToBackUp(client);
  const sameTables = tables.every((table) =>
    here.some(({ name, columns }) => name === table.name && columns === table.columns),
  );
  if (applied.at(-1) === migrations.at(-1) && sameTables) return;
  throw new StorageError(
    `the back-up was taken at ${migrations.at(-1)}, the database is at ${applied.at(-1)}: restore with the version of the monitor that took it, then upgrade`,
  );
}

/** Rows of these come from people and runs; those of other tables in a new database come from its migrations. */
const telling = ['run', 'label_event', 'model'];

async function makeRoom(client: pg.Client, table: string): Promise<void> {
  const { rowCount } = await client.query(`select from "${table}" limit 1`);
  if (rowCount === 0) return;
  if (telling.includes(table)) {
    throw new StorageError(`table ${table} is not empty; restore into a new database or data directory`);
  }
  await client.query(`delete from "${table}"`);
}

/** New rows must not get numbers that restored ones have. */
async function continueNumbers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(
    `select table_name as table, column_name as column, pg_get_serial_sequence(format('%I', table_name), column_name) as sequence
     from information_schema.columns where table_schema = 'public' and is_identity = 'YES'`,
  );
  for (const { table, column, sequence } of rows) {
    await client.query(
      `select setval($1, coalesce((select max("${column}") from "${table}"), 1), exists (select from "${table}"))`,
      [sequence],
    );
  }
}

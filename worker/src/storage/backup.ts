import { z } from 'zod';
import type { Queryable } from './database.ts';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import { createGunzip, createGzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { FileError, makeFolder, refuseSpecialFile, removeAtExit, whyNot } from '@dtdqm/detector/files';
import { StorageError, isDatabaseUnavailable } from './connectionErrors.ts';
import { isRunning } from './embedded/postmaster.ts';
import { schemaState } from './migrate.ts';

export const manifestFile = 'manifest.json';

/** Written last: a folder without it is not a whole back-up. */
export const manifestSchema = z.strictObject({
  format: z.literal('dtdqm-backup-1'),
  takenAt: z.string(),
  /** Migrations of the database it was taken from, oldest first. */
  migrations: z.array(z.string()),
  tables: z.array(z.strictObject({ name: z.string(), columns: z.string(), rows: z.int().min(0) })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export function fileOf(table: string): string {
  return `${table}.copy.gz`;
}

export interface BackedUpTable {
  name: string;
  /** Quoted, in order, joined by commas; without those that PostgreSQL works out by itself. */
  columns: string;
}

/** Says how far the schema is; restoring makes it anew. */
const own = ['migration'];

/** By run; a new database has no partitions yet. */
const partitioned = 'chamber_slice';

/** Every table of ours, those first that others refer to; of partitioned ones the whole, last, as partitions follow from runs. */
export async function tablesToBackUp(db: Queryable): Promise<BackedUpTable[]> {
  const { rows: tables } = await db.query<BackedUpTable>(
    `select c.table_name as name, string_agg(format('%I', c.column_name), ', ' order by c.ordinal_position) as columns
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     join pg_class k on k.oid = format('%I.%I', table_schema, c.table_name)::regclass and not k.relispartition
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
       and not c.table_name = any($1)
     group by c.table_name, k.relkind order by k.relkind = 'p', c.table_name`,
    [own],
  );
  const { rows: references } = await db.query<{ from: string; to: string }>(
    `select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint
     where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid`,
  );
  const ordered: BackedUpTable[] = [];
  const visit = (name: string): void => {
    const table = tables.find((each) => each.name === name);
    if (table === undefined || ordered.includes(table)) return;
    for (const { from, to } of references) if (from === name) visit(to);
    ordered.push(table);
  };
  for (const { name } of tables) visit(name);
  return ordered;
}

/** Begins the name of a folder in which a back-up is made; the maker's process number follows, as a killed one leaves its own. */
const draftPrefix = '.unfinished-';

/**
 * Writes everything that is stored into a folder, as it stood at one moment, while work goes on. Needs no program but
 * this one: the embedded PostgreSQL comes without pg_dump. It is made in a draft inside the folder, and gets its names when it is whole.
 *
 * @param folder new or empty, or with what a back-up has left that was killed.
 * @param signal gives it up; nothing is left in the folder then, nor after any other failure.
 * @throws {StorageError} when the folder holds something; what was written is then as it was.
 */
export async function takeBackup(url: string, folder: string, signal?: AbortSignal): Promise<Manifest> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw new StorageError(`${(cause as Error).message}; name another folder for the back-up`, { cause });
  });
  await removeAbandonedDrafts(folder);
  if ((await readdir(folder)).length > 0) {
    throw new StorageError(`${folder} is not empty; name a new folder for the back-up`);
  }
  const draft = await mkdtemp(path.join(folder, `${draftPrefix}${process.pid}-`));
  const leave = removeAtExit(draft);
  try {
    const manifest = await withClient(url, 'dtdqm backup', signal, (client) =>
      copyOut(client, draft, signal),
    );
    const files = manifest.tables.map(({ name }) => fileOf(name));
    // The manifest comes last: what is killed between two of these is no whole back-up.
    for (const file of [...files, manifestFile])
      await rename(path.join(draft, file), path.join(folder, file));
    return manifest;
  } finally {
    await rm(draft, { recursive: true, force: true });
    leave();
  }
}

async function removeAbandonedDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(draftPrefix)) continue;
    const maker = parseInt(name.slice(draftPrefix.length), 10);
    if (maker === process.pid || !isRunning(maker)) await rm(path.join(folder, name), { recursive: true });
  }
}

/** A connection of its own, which ends with the work, and at once when that is given up. */
async function withClient<T>(
  url: string,
  name: string,
  signal: AbortSignal | undefined,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const client = new pg.Client({ connectionString: url, application_name: name, keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  const end = () => void client.end();
  signal?.addEventListener('abort', end, { once: true });
  try {
    return await work(client);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isDatabaseUnavailable(error)) throw error;
    throw new StorageError(
      `the database went away amid it (${(error as Error).message}): nothing is left half-way, run it again`,
      { cause: error },
    );
  } finally {
    signal?.removeEventListener('abort', end);
    await client.end();
  }
}

/** What the file system refused, and not what became of the connection. */
function isFileProblem(error: unknown): boolean {
  return ['open', 'write', 'close'].includes((error as NodeJS.ErrnoException).syscall ?? '');
}

async function copyOut(
  client: pg.Client,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  // One snapshot for all tables, however long it takes.
  await client.query('begin isolation level repeatable read read only');
  await client.query('set local statement_timeout = 0');
  const { applied } = await schemaState(client);
  const tables: Manifest['tables'] = [];
  for (const { name, columns } of await tablesToBackUp(client)) {
    const copy = client.query(copyTo(`copy (select ${columns} from "${name}") to stdout`));
    const file = path.join(folder, fileOf(name));
    await pipeline(copy, createGzip({ level: 1 }), createWriteStream(file, { mode: 0o600 }), {
      signal,
    }).catch((cause: unknown) => {
      if (!isFileProblem(cause)) throw cause;
      throw new StorageError(
        `${fileOf(name)} cannot be written: ${whyNot(cause)}; name a folder with more room`,
        { cause },
      );
    });
    tables.push({ name, columns, rows: copy.rowCount });
  }
  await client.query('commit');
  const manifest: Manifest = {
    format: 'dtdqm-backup-1',
    takenAt: new Date().toISOString(),
    migrations: applied,
    tables,
  };
  await writeFile(path.join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return manifest;
}

/**
 * Fills an empty, migrated database from a back-up: all of it, or nothing when it throws.
 *
 * @param signal gives it up: nothing was restored then.
 * @throws {StorageError} when the folder is no whole back-up, the database is not empty, or the schemas differ.
 */
export async function restoreBackup(url: string, folder: string, signal?: AbortSignal): Promise<Manifest> {
  const manifest = await readManifest(folder);
  // Without the commit the server takes everything back.
  return withClient(url, 'dtdqm restore', signal, async (client) => {
    await client.query('begin');
    await client.query('set local statement_timeout = 0');
    await refuseOtherSchema(client, manifest);
    for (const { name, columns, rows } of manifest.tables) {
      await makeRoom(client, name);
      if (name === partitioned) {
        await client.query('select make_slice_partition(min(run)) from run group by run / 1000');
      }
      const file = path.join(folder, fileOf(name));
      refuseSpecialFile(file);
      const copy = client.query(copyFrom(`copy "${name}" (${columns}) from stdin`));
      await pipeline(createReadStream(file), createGunzip(), copy, { signal }).catch((cause: unknown) => {
        // What PostgreSQL refuses says best itself what it is.
        if (cause instanceof pg.DatabaseError || isDatabaseUnavailable(cause)) throw cause;
        signal?.throwIfAborted();
        throw new StorageError(
          `${file} cannot be read whole (${whyNot(cause)}): take another back-up; nothing was restored`,
          { cause },
        );
      });
      if (copy.rowCount !== rows) {
        throw new StorageError(`${fileOf(name)} holds ${copy.rowCount} rows, the manifest says ${rows}`);
      }
    }
    await continueNumbers(client);
    await client.query('analyze');
    await client.query('commit');
    return manifest;
  });
}

async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, manifestFile);
  try {
    refuseSpecialFile(file);
    return manifestSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
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
  // In whatever order: databases that have come through versions got some of them late.
  const [taken, now] = [migrations, applied].map((names) => [...names].sort());
  if (isDeepStrictEqual(taken, now) && sameTables) return;
  throw new StorageError(
    `the back-up was taken at ${taken?.at(-1)}, the database is at ${now?.at(-1)}: restore with the version of the monitor that took it, then upgrade`,
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

import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { Logger } from 'pino';
import { type Database, type Queryable, openDatabase } from './database.ts';
import { StorageError, retryWhileUnavailable } from './connectionErrors.ts';
import { locks } from './advisoryLocks.ts';
import { startEmbeddedPostgres } from './embedded/server.ts';

const directory = fileURLToPath(new URL('./migrations', import.meta.url));
const table = 'migration';

/**
 * Brings the schema up to date. Any number of processes may start at once: one migrates, the others wait for it.
 *
 * @returns names of the migrations that were applied, oldest first.
 * @throws {StorageError} when the database was migrated by a newer version of the monitor, or a migration fails
 *   (nothing of it, or of those before it in the same call, remains).
 */
export async function migrate(url: string, log: Pick<Logger, 'info'>): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'dtdqm migrate' });
  let lost: Error | undefined;
  client.on('error', (error) => (lost ??= error));
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [locks.migration]);
    await refuseNewerSchema(client);
    const applied = await runner({
      dbClient: client,
      dir: directory,
      migrationsTable: table,
      direction: 'up',
      // Our own lock waits; the runner's fails at once when another process migrates.
      noLock: true,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const names = applied.map(({ name }) => name);
    if (names.length > 0) log.info({ migrations: names }, 'database schema brought up to date');
    return names;
  } catch (error) {
    if (error instanceof StorageError) throw error;
    // The runner puts errors into the text of its own, stack and all.
    const cause = lost ?? (error as Error);
    const [why] = cause.message.split('\n');
    throw new StorageError(`the database schema cannot be brought up to date: ${why}`, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function refuseNewerSchema(client: pg.Client): Promise<void> {
  const { newer } = await schemaState(client);
  if (newer.length === 0) return;
  throw new StorageError(
    `the database was migrated by a newer version of the monitor (${newer.join(', ')}): upgrade this one, or restore the backup made before the upgrade`,
  );
}

export interface SchemaState {
  /** Oldest first, as in the other lists. */
  applied: string[];
  pending: string[];
  /** Applied by a newer version of the monitor: unknown to this one. */
  newer: string[];
}

/** How the schema of a database compares with this version of the monitor; changes nothing. */
export async function schemaState(db: Queryable): Promise<SchemaState> {
  const known = (await readdir(directory)).map((file) => file.replace(/\.sql$/, '')).sort();
  const exists = await db.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [table]);
  const { rows } = exists.rows[0]?.exists
    ? await db.query<{ name: string }>(`select name from ${table} order by id`)
    : { rows: [] };
  const applied = rows.map(({ name }) => name);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    newer: applied.filter((name) => !known.includes(name)),
  };
}

export interface StorageOptions {
  /** Address of a PostgreSQL server; the embedded one is used when absent. */
  databaseUrl?: string | undefined;
  /** Where the embedded database lives. */
  dataDirectory: string;
  log: Logger;
  applicationName?: string;
  connections?: number;
  /** Longest that one statement may take; 30 s unless set. */
  statementTimeoutMs?: number;
  /** Ends waiting for a database that was there and went away. */
  signal?: AbortSignal | undefined;
}

export interface Storage {
  database: Database;
  /** Holds the password, so never print it. */
  url: string;
  embedded: boolean;
  close(): Promise<void>;
}

/**
 * A database that is running, reachable and migrated.
 *
 * @throws {StorageError} in one line that names what is wrong; nothing stays open then.
 */
export async function openStorage({
  databaseUrl,
  dataDirectory,
  log,
  signal,
  ...pool
}: StorageOptions): Promise<Storage> {
  const server = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDirectory }) : undefined;
  const url = databaseUrl ?? server?.url ?? '';
  let database: Database | undefined;
  const close = async () => {
    await database?.end();
    await server?.stop();
  };
  try {
    database = await openDatabase({ url, log, ...pool });
    await retryWhileUnavailable(() => migrate(url, log), { log, signal });
    return { database, url, embedded: server !== undefined, close };
  } catch (error) {
    await close();
    throw error;
  }
}

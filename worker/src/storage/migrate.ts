import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Logger } from 'pino';
import { locks } from './advisoryLocks.ts';
import { StorageError } from './connectionErrors.ts';
import type { Queryable } from './database.ts';

const directory = fileURLToPath(new URL('./migrations', import.meta.url));
const table = 'migration';

/** Names that migrations had in databases of earlier versions, and their names now. Nothing may be added: what has landed keeps its name. */
const renamed: Readonly<Record<string, string>> = { '0037_lost_workers': '0039_lost_workers' };

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

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
    const state = await schemaState(client);
    await refuseNewerSchema(client, state);
    if (state.pending.length === 0) return [];
    if (state.applied.length > 0) await useNamesOfToday(client);
    // Loaded when there is something to do: every start would wait a tenth of a second for it.
    const { runner } = await import('node-pg-migrate');
    const applied = await runner({
      dbClient: client,
      dir: directory,
      migrationsTable: table,
      direction: 'up',
      // Numbers were given to branches, so some landed after greater ones; the test of every version that ever was shows that the
      // order in which they are made up for does no harm.
      checkOrder: false,
      // A failed upgrade leaves the database to the version that it had.
      singleTransaction: true,
      // Our own lock waits; the runner's fails at once when another process migrates.
      noLock: true,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const names = applied.map(({ name }) => name);
    await client.query(`comment on table ${table} is ${pg.escapeLiteral(version)}`);
    log.info({ migrations: names.length, newest: names.at(-1) }, 'database schema brought up to date');
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

async function useNamesOfToday(client: pg.Client): Promise<void> {
  for (const [before, now] of Object.entries(renamed)) {
    await client.query(`update ${table} set name = $2 where name = $1`, [before, now]);
  }
}

async function refuseNewerSchema(client: pg.Client, { newer, known }: SchemaState): Promise<void> {
  if (newer.length === 0) return;
  const { rows } = await client.query<{ by: string | null }>(
    `select obj_description(to_regclass($1), 'pg_class') as by`,
    [table],
  );
  const by = rows[0]?.by ?? null;
  // Between two releases many states bear one version: the migrations tell them apart.
  const maker = by === null || by === version ? 'a newer monitor' : `version ${by} of the monitor`;
  throw new StorageError(
    `the database was brought up to ${newer.at(-1)} by ${maker}; this is version ${version}, which knows migrations up to ${known.at(-1)}: start the newer one, or restore the back-up made before the upgrade into an empty database (docs/operations/upgrade.md)`,
  );
}

export interface SchemaState {
  /** Oldest first, as in the other lists. */
  applied: string[];
  pending: string[];
  /** Applied by a newer version of the monitor: unknown to this one. */
  newer: string[];
  /** All of this version. */
  known: string[];
}

/** How the schema of a database compares with this version of the monitor; changes nothing. */
export async function schemaState(db: Queryable): Promise<SchemaState> {
  const known = (await readdir(directory)).map((file) => file.replace(/\.sql$/, '')).sort();
  const exists = await db.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [table]);
  const { rows } = exists.rows[0]?.exists
    ? await db.query<{ name: string }>(`select name from ${table} order by id`)
    : { rows: [] };
  const applied = rows.map(({ name }) => renamed[name] ?? name);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    newer: applied.filter((name) => !known.includes(name)),
    known,
  };
}

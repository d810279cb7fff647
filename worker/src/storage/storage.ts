import type { Logger } from 'pino';
import { type Database, openDatabase } from './database.ts';
import { retryWhileUnavailable } from './connectionErrors.ts';
import { startEmbeddedPostgres } from './embedded/server.ts';
import { migrate } from './migrate.ts';

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

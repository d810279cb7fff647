import type { Logger } from 'pino';
import { type Database, openDatabase } from './database.ts';
import { type StorageError, retryWhileUnavailable, untilAborted, waitAtMost } from './connectionErrors.ts';
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
  /** Of the processes that ask for this, one at a time may use an embedded database. */
  singleInstance?: boolean;
  /** Gives up the opening. */
  signal?: AbortSignal | undefined;
}

export interface Storage {
  database: Database;
  /** Holds the password, so never print it. */
  url: string;
  embedded: boolean;
  /** Settles with the reason when the embedded database went away and cannot be brought back. */
  lost: Promise<StorageError>;
  /** Ends connections, those in use too after a moment, and leaves the embedded database, which may take `fastMs` to stop in order. */
  close(fastMs?: number): Promise<void>;
}

/** How long work that still has a connection in hand is waited for. */
const connectionsMs = 500;
/** How long the embedded database gets to stop in order when somebody waits for this process to end. */
export const hastyStopMs = 1200;

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
  singleInstance = false,
  ...pool
}: StorageOptions): Promise<Storage> {
  const server =
    databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDirectory, singleInstance, log, signal })
      : undefined;
  const url = databaseUrl ?? server?.url ?? '';
  const lost = server?.lost ?? new Promise<never>(() => undefined);
  let database: Database | undefined;
  const close = async (fastMs?: number) => {
    if (database !== undefined) await waitAtMost(connectionsMs, database.end());
    await server?.stop(fastMs);
  };
  // Whoever waits for the database below must not wait for one that never comes back.
  const givenUp = new AbortController();
  void lost.then((error) => givenUp.abort(error));
  const stopping = signal === undefined ? givenUp.signal : AbortSignal.any([signal, givenUp.signal]);
  try {
    database = await openDatabase({ url, log, ...pool });
    await untilAborted(
      retryWhileUnavailable(() => migrate(url, log), { log, signal: stopping }),
      stopping,
    );
    return { database, url, embedded: server !== undefined, lost, close };
  } catch (error) {
    await close(stopping.aborted ? hastyStopMs : undefined);
    throw error;
  }
}

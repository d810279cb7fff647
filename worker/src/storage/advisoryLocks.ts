import type { Database } from './database.ts';
import pg from 'pg';
import { StorageError } from './connectionErrors.ts';

/**
 * Keys of PostgreSQL's advisory locks: one list, so that no two uses share a key by chance. Workers of two versions may run side
 * by side during an upgrade, so a key keeps its meaning for ever.
 */
export const locks = {
  /** Held shared by every process that uses the embedded server. */
  embeddedPresence: 5_410_001,
  migration: 5_410_002,
  discovery: 5_410_003,
  queueRefresh: 5_410_010,
  singleInstance: 5_410_011,
  /** Of many workers one retrains at a time. */
  retraining: 5_410_012,
  incidentLedger: 5_410_020,
  jobQueueStart: 5_410_030,
} as const;

type LockKey = (typeof locks)[keyof typeof locks];

/**
 * Of all processes on the database one at a time does `work`; the lock ends with its connection, also when we are killed.
 *
 * @returns false when another one holds the lock: `work` was not called then.
 */
export async function withAdvisoryLock(
  database: Database,
  lock: LockKey,
  work: () => Promise<void>,
): Promise<boolean> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [lock]);
    if (!rows[0]?.mine) return false;
    try {
      await work();
    } finally {
      await client.query('select pg_advisory_unlock($1)', [lock]).catch((error: Error) => (broken = error));
    }
    return true;
  } finally {
    client.release(broken);
  }
}

/**
 * Makes sure that one `start` at a time uses a data directory; the lock ends with its connection, also when we are killed.
 *
 * @returns gives the lock back.
 * @throws {StorageError} when another one runs.
 */
export async function singleInstanceLock(url: string, dataDirectory: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url, application_name: 'dtdqm start', keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
    locks.singleInstance,
  ]);
  if (!rows[0]?.mine) {
    await client.end();
    throw new StorageError(
      `another monitor is running on the data directory ${dataDirectory}; stop it, or set DTDQM_DATA_DIR to another folder`,
    );
  }
  return () => client.end();
}

export interface Presence {
  /** Calls `stop` when no other process is left; a newcomer waits meanwhile, then starts the server itself. */
  leave(stop: () => Promise<void>): Promise<void>;
}

/**
 * Marks this process as a user of the cluster for as long as its connection lives, so that whoever leaves last
 * stops the server, in whatever order processes end, and a killed process counts as gone at once.
 *
 * @throws when the server cannot be reached.
 */
export async function announcePresence(url: string): Promise<Presence> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'dtdqm presence',
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  });
  let lost = false;
  client.on('error', () => (lost = true));
  await client.connect();
  await client.query('select pg_advisory_lock_shared($1)', [locks.embeddedPresence]);

  async function isLast(): Promise<boolean> {
    if (lost) return false;
    await client.query('select pg_advisory_unlock_shared($1)', [locks.embeddedPresence]);
    const { rows } = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [
      locks.embeddedPresence,
    ]);
    return rows[0]?.last ?? false;
  }

  return {
    async leave(stop) {
      try {
        if (await isLast().catch(() => false)) await stop();
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}

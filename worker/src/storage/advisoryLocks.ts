import type { Database } from './database.ts';
import pg from 'pg';

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
  /** Of many workers one previews what labels would do. */
  labelPreview: 5_410_013,
  incidentLedger: 5_410_020,
  forgetSlices: 5_410_021,
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

/** Whether any process on the database holds the lock just now. */
export async function isLocked(database: Database, lock: LockKey): Promise<boolean> {
  const { rows } = await database.query<{ held: boolean }>(
    `select exists (
       select from pg_locks where locktype = 'advisory' and objid = $1 and granted
         and database = (select oid from pg_database where datname = current_database())
     ) as held`,
    [lock],
  );
  return rows[0]!.held;
}

export interface Presence {
  /** Settles when the connection has ended, also by itself: then nobody knows any more that we are there. */
  readonly ended: Promise<void>;
  /** Whether other processes use the cluster too. */
  hasCompany(): Promise<boolean>;
  /**
   * Calls `stop` when no other process is left; a newcomer waits meanwhile, then starts the server itself. Without an answer it
   * is called too: who is still there starts the server again, and a server that nobody needs would run for ever.
   */
  leave(stop: () => Promise<void>): Promise<void>;
}

/**
 * Marks this process as a user of the cluster for as long as its connection lives, so that whoever leaves last
 * stops the server, in whatever order processes end, and a killed process counts as gone at once.
 *
 * @param exclusively set to be the only one of those that ask for this.
 * @returns `taken` when another one is it.
 * @throws when the server cannot be reached.
 */
export async function announcePresence(
  url: string,
  { exclusively = false }: { exclusively?: boolean } = {},
): Promise<Presence | 'taken'> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'dtdqm presence',
    connectionTimeoutMillis: 5000,
    query_timeout: 2000,
    keepAlive: true,
  });
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const over = () => {
      isOver = true;
      resolve();
    };
    client.on('error', over);
    client.on('end', over);
  });
  const ask = async (statement: string, lock: LockKey): Promise<boolean> => {
    const { rows } = await client.query<{ answer: boolean }>(`select ${statement} as answer`, [lock]);
    return rows[0]?.answer ?? false;
  };
  await client.connect();
  try {
    await client.query('select pg_advisory_lock_shared($1)', [locks.embeddedPresence]);
    if (exclusively && !(await ask('pg_try_advisory_lock($1)', locks.singleInstance))) {
      await client.end();
      return 'taken';
    }
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }

  async function isLast(): Promise<boolean> {
    if (isOver) return true;
    await client.query('select pg_advisory_unlock_shared($1)', [locks.embeddedPresence]);
    return ask('pg_try_advisory_lock($1)', locks.embeddedPresence);
  }

  return {
    ended,
    hasCompany: () =>
      ask(
        `exists (select from pg_locks where locktype = 'advisory' and objid = $1 and pid <> pg_backend_pid())`,
        locks.embeddedPresence,
      ),
    async leave(stop) {
      try {
        if (await isLast().catch(() => true)) await stop();
      } finally {
        if (!isOver) await client.end().catch(() => undefined);
      }
    },
  };
}

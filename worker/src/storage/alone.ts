import type { Database } from './database.ts';
import type { locks } from './locks.ts';

type LockKey = (typeof locks)[keyof typeof locks];

/**
 * Of all processes on the database one at a time does `work`; the lock ends with its connection, also when we are killed.
 *
 * @returns false when another one holds the lock: `work` was not called then.
 */
export async function alone(database: Database, lock: LockKey, work: () => Promise<void>): Promise<boolean> {
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

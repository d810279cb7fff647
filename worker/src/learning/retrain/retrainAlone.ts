import type { Database } from '../../storage/database.ts';
import { locks } from '../../storage/locks.ts';

/**
 * Of all processes on the database one retrains at a time.
 *
 * @returns false when another one does: `work` was not called then.
 */
export async function retrainAlone(database: Database, work: () => Promise<void>): Promise<boolean> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
      locks.retraining,
    ]);
    if (!rows[0]?.mine) return false;
    try {
      await work();
    } finally {
      await client
        .query('select pg_advisory_unlock($1)', [locks.retraining])
        .catch((error: Error) => (broken = error));
    }
    return true;
  } finally {
    client.release(broken);
  }
}

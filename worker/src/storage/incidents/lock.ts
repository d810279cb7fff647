import type { Queryable } from '../database.ts';
import { locks } from '../locks.ts';

/** Waits until nobody else changes the ledger; held until the transaction ends, also by a kill. */
export async function lockLedger(db: Queryable): Promise<void> {
  await db.query('select pg_advisory_xact_lock($1)', [locks.incidentLedger]);
}

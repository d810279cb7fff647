import type { Queryable } from '../database.ts';

/** Any number that nothing else locks. */
const ledgerLock = 5_410_020;

/** Waits until nobody else changes the ledger; held until the transaction ends, also by a kill. */
export async function lockLedger(db: Queryable): Promise<void> {
  await db.query('select pg_advisory_xact_lock($1)', [ledgerLock]);
}

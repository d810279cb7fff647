import type { Database } from '@dtdqm/worker/storage/database';

/** Lets the time pass after which a silent worker loses its run, if one has it. */
export async function abandon(database: Database, run: number): Promise<void> {
  await database.query(
    `update run set lease_until = now() - interval '1 second' where run = $1 and lease_until is not null`,
    [run],
  );
}

import type { RunStatus } from '@dtdqm/contract';
import type { Queryable } from './database.ts';

/** How long a worker may be silent before its run is taken from it; it reports three times as often. */
export const leaseSeconds = 45;

export interface LeasedRun {
  status: RunStatus;
  /** Of the matrices as stored; null when nothing is stored. */
  contentHash: string | null;
  model: string | null;
  /** How often the run has been taken in hand since it last went well. */
  attempts: number;
}

/**
 * Takes a run in hand for fetching; creates it as LOADING when it is new. A run that can be looked at keeps its status
 * while it is fetched again, because its chambers stay visible.
 *
 * @param owner UUID of the worker's attempt.
 * @returns null when another worker has the run in hand.
 */
export async function beginRun(
  db: Queryable,
  { run, dataset }: { run: number; dataset: string },
  owner: string,
): Promise<LeasedRun | null> {
  const { rows } = await db.query<LeasedRun>(
    `insert into run as stored (run, dataset, status, attempts, lease_owner, lease_until)
     values ($1, $2, 'LOADING', 1, $3, now() + make_interval(secs => $4))
     on conflict (run) do update set
       status = case when stored.status = 'ERROR' then 'LOADING' else stored.status end,
       error = null, dataset = excluded.dataset, attempts = stored.attempts + 1,
       lease_owner = excluded.lease_owner, lease_until = excluded.lease_until, updated_at = now()
     where stored.lease_until is null or stored.lease_until < now()
     returning status, content_hash as "contentHash", model, attempts`,
    [run, dataset, owner, leaseSeconds],
  );
  return rows[0] ?? null;
}

/** Says that the worker is alive. @returns false when it has lost the run and must stop. */
export async function renewLease(db: Queryable, run: number, owner: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update run set lease_until = now() + make_interval(secs => $3) where run = $1 and lease_owner = $2`,
    [run, owner, leaseSeconds],
  );
  return rowCount === 1;
}

/** Gives the run back untouched, for the next worker to take at once. */
export async function releaseRun(db: Queryable, run: number, owner: string): Promise<void> {
  await db.query(
    `update run set lease_until = now() - interval '1 second', updated_at = now() where run = $1 and lease_owner = $2`,
    [run, owner],
  );
}

/** Ends an attempt that stored nothing: the run is an ERROR with the reason, and can be fetched again. */
export async function failRun(db: Queryable, run: number, reason: string, owner?: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `with failed as (
       update run set status = 'ERROR', error = $2, lease_owner = null, lease_until = null, updated_at = now()
       where run = $1 and ($3::uuid is null or lease_owner = $3)
       returning run
     )
     select pg_notify('dtdqm_run', run::text) from failed`,
    [run, reason, owner ?? null],
  );
  return rowCount === 1;
}

/** Runs whose worker fell silent or gave them back, oldest silence first. */
export async function abandonedRuns(
  db: Queryable,
): Promise<{ run: number; dataset: string; status: RunStatus }[]> {
  const { rows } = await db.query<{ run: number; dataset: string; status: RunStatus }>(
    `select run, dataset, status from run where lease_until < now() order by lease_until`,
  );
  return rows;
}

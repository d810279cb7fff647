import type { RunStatus } from '@dtdqm/contract';
import type { Stability } from '../dqm/discovery.ts';
import type { Queryable } from './database.ts';

/** How long a worker may be silent before its run is taken from it; it reports three times as often. */
export const leaseSeconds = 45;

/**
 * After so many workers in a row that took a run in hand and were not heard of again the run is given up: it may be what ends
 * them, for example by taking all memory, and the newest run is what every worker takes first.
 */
export const mostLostWorkers = 5;

export interface LeasedRun {
  /** What is remembered of the last fetch; null when nothing is stored. */
  stability: Stability | null;
  /** Whose scores are stored. */
  model: string | null;
}

/**
 * Takes a run in hand for fetching; creates it as LOADING when it is new. A run that can be looked at keeps its status
 * while it is fetched again, because its chambers stay visible.
 *
 * @param owner UUID of the worker's attempt.
 * @param askedAt a run that was stored after this moment need not be fetched again; one that was given up must have been
 *   asked for since.
 * @returns null when another worker has the run in hand, it is as fresh as was asked, or it is given up.
 */
export async function beginRun(
  db: Queryable,
  { run, dataset, askedAt }: { run: number; dataset: string; askedAt?: string | undefined },
  owner: string,
): Promise<LeasedRun | null> {
  const { rows } = await db.query<LeasedRun>(
    `insert into run as stored (run, dataset, status, attempts, lost_workers, lease_owner, lease_until)
     values ($1, $2, 'LOADING', 1, 1, $3, now() + make_interval(secs => $4))
     on conflict (run) do update set
       status = case when stored.status = 'ERROR' then 'LOADING' else stored.status end,
       error = null, dataset = excluded.dataset, attempts = stored.attempts + 1, lost_workers = stored.lost_workers + 1,
       lease_owner = excluded.lease_owner, lease_until = excluded.lease_until, updated_at = now()
     where (stored.lease_until is null or stored.lease_until < now())
       and ($5::timestamptz is null or stored.fetched_at is null or stored.fetched_at < $5)
       and ($5::timestamptz is null or stored.lost_workers < $6 or (stored.status = 'ERROR' and stored.updated_at < $5))
     returning stability, model`,
    [run, dataset, owner, leaseSeconds, askedAt, mostLostWorkers],
  );
  return rows[0] ?? null;
}

/**
 * Takes a run in hand that waits for re-evaluation, or whose re-evaluation was cut short.
 *
 * @returns false when it does not wait, or another worker has it in hand.
 */
export async function beginReevaluation(db: Queryable, run: number, owner: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update run set status = 'REEVALUATING', lost_workers = lost_workers + 1, lease_owner = $2,
                    lease_until = now() + make_interval(secs => $3), updated_at = now()
     where run = $1 and status in ('PENDING_REEVALUATION', 'REEVALUATING') and (lease_until is null or lease_until < now())
       and lost_workers < $4`,
    [run, owner, leaseSeconds, mostLostWorkers],
  );
  return rowCount === 1;
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
    `update run set lease_until = now() - interval '1 second', lost_workers = greatest(0, lost_workers - 1), updated_at = now()
     where run = $1 and lease_owner = $2`,
    [run, owner],
  );
}

/** Ends an attempt that stored nothing: the run is an ERROR with the reason, and can be fetched again. */
export async function failRun(db: Queryable, run: number, reason: string, owner?: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update run set status = 'ERROR', error = $2, lost_workers = 0, lease_owner = null, lease_until = null, updated_at = now()
     where run = $1 and ($3::uuid is null or lease_owner = $3)`,
    [run, reason, owner ?? null],
  );
  return rowCount === 1;
}

/**
 * Ends the attempts at runs that too many workers were lost with. Discovery leaves them alone from then on; people may ask
 * for another attempt.
 *
 * @returns the runs that are given up now.
 */
export async function giveUpRuns(db: Queryable): Promise<{ run: number; error: string }[]> {
  const { rows } = await db.query<{ run: number; error: string }>(
    `update run set status = 'ERROR', lease_owner = null, lease_until = null, updated_at = now(),
       error = format('given up: %s workers in a row ended without a word while they had the run in hand. Look at their logs '
                      '(out of memory?), then fetch the run again by hand', lost_workers)
     where lease_until < now() and lost_workers >= $1
     returning run, error`,
    [mostLostWorkers],
  );
  return rows;
}

export interface WaitingRun {
  run: number;
  dataset: string;
  status: RunStatus;
}

/** Runs that a worker must take up: silent workers' runs, those given back, and those that wait for re-evaluation. */
export async function waitingRuns(db: Queryable): Promise<WaitingRun[]> {
  const { rows } = await db.query<WaitingRun>(
    `select run, dataset, status from run
     where lease_until < now() or (status = 'PENDING_REEVALUATION' and lease_until is null)
     order by run desc`,
  );
  return rows;
}

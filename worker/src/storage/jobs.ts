import type pg from 'pg';
import type { RunLife } from '../pipeline/runLife.ts';
import { transaction, type Database, type Queryable } from './database.ts';
import { lifeOf, saveLife } from './life.ts';

/** How long a worker may be silent before its run is taken from it; it reports three times as often. */
export const leaseSeconds = 45;

/** A lease that lasts longer than any is from before the clock was put back. */
const leaseIsOver = (row: string) =>
  `(${row}.lease_until < now() or ${row}.lease_until > now() + interval '${2 * leaseSeconds} seconds')`;

/**
 * After so many workers in a row that took a run in hand and were not heard of again the run is given up: it may be what ends
 * them, for example by taking all memory, and the newest run is what every worker takes first.
 */
export const mostLostWorkers = 5;

/** What workers do with a run; the database checks the same words (test/contract/enumerations.test.ts). */
export const jobKinds = ['fetch', 'reevaluate'] as const;
export type JobKind = (typeof jobKinds)[number];
export const jobOutcomes = ['completed', 'failed'] as const;
export type JobOutcome = (typeof jobOutcomes)[number];

/** A run in hand: what to do with it, under whose lease, and what is stored of it. */
export interface ClaimedJob {
  kind: JobKind;
  run: number;
  dataset: string;
  /** UUID of the worker's attempt: what is stored under another owner's lease is refused. */
  owner: string;
  /** People asked for it. */
  byHand: boolean;
  life: RunLife;
  /** Whose scores are stored. */
  model: string | null;
}

export interface FetchRequest {
  run: number;
  dataset: string;
}

/**
 * Asks for runs to be fetched. A run that waits already keeps its place, or moves up when people ask for it now; one that is in
 * hand is fetched again only if the fetch under way fails. What discovery found is left out when people have deleted it since.
 *
 * @param byHand people asked: goes before all that discovery found, and undoes a deletion.
 */
export async function requestFetch(
  db: Queryable,
  requests: readonly FetchRequest[],
  { byHand = false } = {},
): Promise<void> {
  await db.query(
    `with undeleted as (
       delete from deleted_run where $3 and run = any($1)
     )
     insert into job as waiting (kind, run, dataset, by_hand)
     select 'fetch', run, dataset, $3 from unnest($1::integer[], $2::text[]) as r (run, dataset)
     where $3 or not exists (select from deleted_run d where d.run = r.run)
     on conflict (run, kind) do update set
       dataset = excluded.dataset, by_hand = waiting.by_hand or excluded.by_hand,
       requested_at = case when excluded.by_hand then now() else waiting.requested_at end`,
    [requests.map(({ run }) => run), requests.map(({ dataset }) => dataset), byHand],
  );
}

/**
 * Marks runs for another look by the model in use; what can be read now stays readable.
 *
 * @param runs which ones; all finished runs that another model scored when absent.
 * @returns the runs that were marked, newest first.
 */
export async function requestReevaluation(
  db: Queryable,
  { model, runs }: { model?: string; runs?: readonly number[] },
): Promise<number[]> {
  const { rows } = await db.query<{ run: number }>(
    `with marked as (
       update run set status = 'PENDING_REEVALUATION', updated_at = now()
       where status = 'FINISHED' and lease_until is null
         and ($1::text is null or model is distinct from $1)
         and ($2::integer[] is null or run = any($2))
       returning run
     ), queued as (
       insert into job (kind, run) select 'reevaluate', run from marked on conflict (run, kind) do nothing
     )
     select run from marked order by run desc`,
    [model, runs],
  );
  return rows.map(({ run }) => run);
}

/**
 * Takes the next run in hand: claims its job and takes the lease on it in one statement. First what people asked for, then the
 * newest run. A job that another worker is just claiming is skipped, not waited for; a run in hand is free again when its lease
 * is over. A run that can be looked at keeps its status while it is fetched again, because its chambers stay visible.
 *
 * @param owner UUID of the worker's attempt.
 * @param run this one or none.
 * @param except none of these.
 * @returns null when nothing waits.
 */
export async function claimJob(
  db: Queryable,
  owner: string,
  {
    kinds = jobKinds,
    run,
    except = [],
  }: { kinds?: readonly JobKind[]; run?: number; except?: readonly number[] } = {},
): Promise<ClaimedJob | null> {
  // The job's row alone is locked: locked rows of runs would make workers find nothing while others store. Materialised, because
  // a plan that runs the choice twice would claim two. The conflict clause looks at the run as it is, not as the snapshot had it.
  const { rows } = await db.query<Omit<ClaimedJob, 'owner'> & { isClaimed: boolean }>(
    `with next as materialized (
       -- A run of which chambers are had stays of its dataset: those of two would be one.
       select j.run, j.kind, case when r.chambers > 0 then r.dataset else coalesce(j.dataset, r.dataset) end as dataset, j.by_hand as "byHand"
       from job j left join run r using (run)
       where (r.lease_until is null or (${leaseIsOver('r')} and (r.lost_workers < $3 or coalesce(j.requested_at > j.started_at, true))))
         and (j.kind = 'fetch' or r.status in ('PENDING_REEVALUATION', 'REEVALUATING'))
         and j.kind = any($4) and ($5::integer is null or j.run = $5) and j.run <> all($6::integer[])
       order by j.by_hand desc, case when j.by_hand then j.requested_at end, j.run desc, j.kind
       limit 1 for update of j skip locked
     ), claimed as (
       insert into run as stored (run, dataset, status, attempts, lost_workers, lease_owner, lease_until)
       select run, dataset, case kind when 'fetch' then 'LOADING' else 'REEVALUATING' end::run_status, 1, 1, $1,
              now() + make_interval(secs => $2)
       from next
       on conflict (run) do update set
         status = case when excluded.status = 'REEVALUATING' or stored.status = 'ERROR' then excluded.status else stored.status end,
         attempts = stored.attempts + case excluded.status when 'LOADING' then 1 else 0 end,
         error = null, dataset = excluded.dataset, lost_workers = stored.lost_workers + 1,
         lease_owner = excluded.lease_owner, lease_until = excluded.lease_until, updated_at = now()
       where stored.lease_until is null or ${leaseIsOver('stored')}
       returning run, model, ${lifeOf('stored')} as life
     ), started as (
       update job set started_at = now(), tries = tries + 1
       from next join claimed using (run) where job.run = next.run and job.kind = next.kind
     )
     select next.*, life, model, claimed.run is not null as "isClaimed"
     from next left join claimed using (run)`,
    [owner, leaseSeconds, mostLostWorkers, kinds, run, except],
  );
  const [found] = rows;
  if (found === undefined) return null;
  const { isClaimed, ...job } = found;
  // Somebody took the run between the snapshot and the lock: there may be others.
  return isClaimed
    ? { ...job, owner }
    : claimJob(db, owner, { kinds, except, ...(run === undefined ? {} : { run }) });
}

/**
 * Asks for a run and takes it in hand at once.
 *
 * @returns null when another worker has it in hand.
 */
export async function claimRun(
  database: Database,
  request: FetchRequest,
  owner: string,
): Promise<ClaimedJob | null> {
  return transaction(database, async (client) => {
    const inHand = await client.query(`select from run where run = $1 and not ${leaseIsOver('run')}`, [
      request.run,
    ]);
    if (inHand.rowCount === 1) return null;
    // Until this is committed nobody else sees the request, or its row is locked.
    await requestFetch(client, [request], { byHand: true });
    return claimJob(client, owner, { kinds: ['fetch'], run: request.run });
  });
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

/**
 * Does `work` in a transaction in which nobody can take the run over, delete it, or ask for it.
 *
 * @returns false when the worker has lost the run: `work` was not called then.
 */
export async function whileOwned(
  database: Database,
  run: number,
  owner: string,
  work: (client: pg.PoolClient) => Promise<void>,
): Promise<boolean> {
  return transaction(database, async (client) => {
    // In the order in which a claim locks them, or the two would end each other.
    await client.query('select from job where run = $1 for update', [run]);
    const owned = await client.query('select from run where run = $1 and lease_owner = $2 for update', [
      run,
      owner,
    ]);
    if (owned.rowCount !== 1) return false;
    await work(client);
    return true;
  });
}

/** Takes what is done off the list of work, within the transaction that stores what came of it. */
export async function endJobs(
  db: Queryable,
  run: number,
  kinds: readonly JobKind[],
  state: JobOutcome,
): Promise<void> {
  await db.query(
    `with ended as (
       delete from job
       where run = $1 and kind = any($2) and ($3 = 'completed' or started_at is null or requested_at <= started_at)
       returning *
     )
     insert into finished_job (kind, run, state, created_at, started_at, retries)
     select kind, run, $3, requested_at, started_at, tries - 1 from ended where tries > 0`,
    [run, kinds, state],
  );
}

/**
 * Ends an attempt that stored nothing: the run is an ERROR with the reason, and can be fetched again.
 *
 * @returns false when the worker has lost the run.
 */
export async function failRun(
  database: Database,
  { run, owner, kind }: Pick<ClaimedJob, 'run' | 'owner' | 'kind'>,
  reason: string,
  life: RunLife,
): Promise<boolean> {
  return whileOwned(database, run, owner, async (client) => {
    await saveLife(client, run, life);
    await client.query(
      `update run set status = 'ERROR', error = $2, lost_workers = 0, lease_owner = null, lease_until = null, updated_at = now()
       where run = $1`,
      [run, reason],
    );
    // An ERROR is not re-evaluated but fetched again, which scores it by the model in use.
    await endJobs(client, run, kind === 'fetch' ? jobKinds : [kind], 'failed');
  });
}

/**
 * Ends the attempts at runs that too many workers were lost with. Discovery leaves them alone from then on; people may ask
 * for another attempt.
 *
 * @returns the runs that are given up now.
 */
export async function giveUpRuns(database: Database): Promise<{ run: number; error: string }[]> {
  const { rows } = await database.query<{ run: number; error: string }>(
    `with given_up as (
       update run set status = 'ERROR', lease_owner = null, lease_until = null, updated_at = now(), look_at = null, life = 'error',
         life_since = now(), life_reason = 'given up',
         error = format('given up: %s workers in a row ended without a word while they had the run in hand. Look at their logs '
                        '(out of memory?), then fetch the run again by hand', lost_workers)
       where ${leaseIsOver('run')} and lost_workers >= $1
         and not exists (select from job where job.run = run.run and coalesce(requested_at > started_at, true))
       returning run, error
     ), ended as (
       -- But what people asked for since this statement began.
       delete from job using given_up where job.run = given_up.run and requested_at <= started_at returning job.*
     ), remembered as (
       insert into finished_job (kind, run, state, created_at, started_at, retries)
       select kind, run, 'failed', requested_at, started_at, tries - 1 from ended where tries > 0
     )
     select run, error from given_up`,
    [mostLostWorkers],
  );
  return rows;
}

/**
 * Asks again for runs that workers left and no job stands for: those of a version that kept its jobs elsewhere and ran beside
 * this one during an upgrade. Workers of this version leave none.
 */
export async function requestLeftRuns(db: Queryable): Promise<void> {
  await db.query(
    `insert into job (kind, run, dataset, started_at, tries)
     select case when is_scored then 'reevaluate' else 'fetch' end, run, case when not is_scored then dataset end,
            case when lease_until is not null then now() end, case when lease_until is not null then 1 else 0 end
     from run cross join lateral (select status in ('PENDING_REEVALUATION', 'REEVALUATING') as is_scored) as s
     where (${leaseIsOver('run')} or (lease_until is null and status in ('PENDING_REEVALUATION', 'REEVALUATING')))
       and not exists (select from job where job.run = run.run)
     on conflict (run, kind) do nothing`,
  );
}

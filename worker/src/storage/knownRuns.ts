import type { KnownRuns, KnownState } from '../dqm/discovery.ts';
import type { Queryable } from './database.ts';
import { mostLostWorkers } from './leases.ts';

export interface RefetchRule {
  /** How long after its last fetch a growing run is fetched again. */
  growingAfterSeconds: number;
  /** How often a failing run is tried before people must ask for it: after 1, 2, 4 .. 60 minutes. */
  attempts: number;
}

export const defaultRefetchRule: RefetchRule = { growingAfterSeconds: 60, attempts: 10 };

/** What discovery must know of the given runs. Those that are not due yet, or given up, count as busy, those that people deleted as closed. */
export async function knownRuns(
  db: Queryable,
  runs: readonly number[],
  rule: RefetchRule = defaultRefetchRule,
): Promise<KnownRuns> {
  const { rows } = await db.query<{ run: number; state: KnownState }>(
    `select run, case
         when lease_until is not null or lost_workers >= $4 then 'busy'
         when status = 'ERROR' then case
           when attempts < $3 and updated_at < now() - make_interval(mins => least(60, 2 ^ (attempts - 1))::integer) then 'failed'
           else 'busy' end
         when closed then 'closed'
         when status = 'FINISHED' and fetched_at < now() - make_interval(secs => $2) then 'growing'
         else 'busy' end as state
     from run where run = any($1)
     union all
     select run, 'closed' from deleted_run where run = any($1)`,
    [runs, rule.growingAfterSeconds, rule.attempts, mostLostWorkers],
  );
  return new Map(rows.map(({ run, state }) => [run, state]));
}

/** Lets discovery have runs again that people had deleted. */
export async function forgetDeletion(db: Queryable, run: number): Promise<void> {
  await db.query('delete from deleted_run where run = $1', [run]);
}

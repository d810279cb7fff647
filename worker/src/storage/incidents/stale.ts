import type { Queryable } from '../database.ts';

export interface StaleRun {
  run: number;
  model: string;
  /** As text: a JavaScript date would cut the microseconds off and never be equal. */
  fetchedAt: string | null;
  at: Date;
}

/** Runs whose scores the ledger has not taken in as they are now, oldest first. */
export async function staleRuns(db: Queryable, limit: number): Promise<StaleRun[]> {
  const { rows } = await db.query<StaleRun>(
    `select r.run, r.model, r.fetched_at::text as "fetchedAt", r.created_at as at
     from run r left join incident_run i using (run)
     where r.model is not null and r.chambers > 0
       and (i.model, i.fetched_at) is distinct from (r.model, r.fetched_at)
     order by r.run limit $1`,
    [limit],
  );
  return rows;
}

/** Takes out runs that are not stored any more. @returns which, oldest first. */
export async function forgetGoneRuns(db: Queryable): Promise<number[]> {
  const { rows } = await db.query<{ run: number }>(
    `delete from incident_run i
     where not exists (select from run r where r.run = i.run and r.model is not null) returning run`,
  );
  return rows.map(({ run }) => run).sort((a, b) => a - b);
}

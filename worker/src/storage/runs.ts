import { runStatuses, type Run, type RunStatus } from '@dtdqm/contract';
import type { Queryable } from './database.ts';

export interface RunQuery {
  /** 1..1000; 100 unless set. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  /** All statuses unless set. */
  statuses?: readonly RunStatus[];
  /** First and last run, both included. */
  from?: number | undefined;
  to?: number | undefined;
  /** Whose scores are the current ones, `<name>@<version>`. */
  model?: string | undefined;
  /** Only runs with bad layers, or only runs without. */
  bad?: boolean | undefined;
}

/** Runs, newest run number first. */
export async function listRuns(
  db: Queryable,
  { limit = 100, cursor = null, statuses = runStatuses, from, to, model, bad }: RunQuery = {},
): Promise<{ runs: Run[]; nextCursor: string | null }> {
  const { rows } = await db.query<RunRow>(
    `${selectRun}
     where status = any($1::run_status[]) and ($2::integer is null or run < $2)
       and ($4::integer is null or run >= $4) and ($5::integer is null or run <= $5)
       and ($6::text is null or model = $6) and ($7::boolean is null or (bad_layers > 0) = $7)
     order by run desc
     limit $3`,
    [statuses, cursor, limit + 1, from, to, model, bad],
  );
  const runs = rows.slice(0, limit).map(toRun);
  return { runs, nextCursor: rows.length > limit ? String(runs.at(-1)?.run) : null };
}

export async function getRun(db: Queryable, run: number): Promise<Run | null> {
  const { rows } = await db.query<RunRow>(`${selectRun} where run = $1`, [run]);
  return rows[0] ? toRun(rows[0]) : null;
}

/** Numbers of the runs whose chambers can be looked at, newest first: re-evaluation hides nothing. */
export async function finishedRuns(
  db: Queryable,
  { limit = 100, before }: { limit?: number; before?: number } = {},
): Promise<number[]> {
  const { rows } = await db.query<{ run: number }>(
    `select run from run
     where status in ('FINISHED', 'PENDING_REEVALUATION', 'REEVALUATING') and ($1::integer is null or run < $1)
     order by run desc
     limit $2`,
    [before, limit],
  );
  return rows.map(({ run }) => run);
}

/**
 * Removes the run with all its chambers and scores, and keeps discovery from bringing it back.
 *
 * @returns how many chambers went with it; null when there was no such run.
 */
export async function deleteRun(db: Queryable, run: number): Promise<number | null> {
  const { rows } = await db.query<{ chambers: number }>(
    `with deleted as (
       delete from run where run = $1
       returning (select count(*)::integer from chamber where chamber.run = $1) as chambers
     ), remembered as (
       insert into deleted_run (run) select $1 from deleted on conflict (run) do nothing
     )
     select chambers from deleted`,
    [run],
  );
  return rows[0]?.chambers ?? null;
}

interface RunRow extends Omit<Run, 'createdAt' | 'updatedAt'> {
  createdAt: Date;
  updatedAt: Date;
}

const selectRun = `
  select run, dataset, status, error, chambers, absent_chambers as "absentChambers", failed_chambers as "failedChambers",
         bad_layers as "badLayers", model, closed, created_at as "createdAt", updated_at as "updatedAt"
  from run`;

function toRun(row: RunRow): Run {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

import type { Queryable } from '../database.ts';

/** Runs whose scores have changed since their chambers got their places, newest first. */
export async function staleRuns(db: Queryable, limit: number): Promise<number[]> {
  const { rows } = await db.query<{ run: number }>(
    `select r.run from run r
     left join queued_run q using (run)
     where r.model is not null and r.chambers > 0
       and (q.model, q.fetched_at) is distinct from (r.model, r.fetched_at)
     order by r.run desc limit $1`,
    [limit],
  );
  return rows.map(({ run }) => run);
}

export interface ScoresSeen {
  model: string;
  fetched_at: string | null;
}

/** Which scores a run has now; null when it has none. */
export async function scoresOfRun(db: Queryable, run: number): Promise<ScoresSeen | null> {
  const { rows } = await db.query<ScoresSeen>(
    // As text: a JavaScript date would cut the microseconds off and never be equal.
    'select model, fetched_at::text from run where run = $1 and model is not null',
    [run],
  );
  return rows[0] ?? null;
}

/** Remembers that the queue has taken these scores in. */
export async function markQueued(
  db: Queryable,
  run: number,
  { model, fetched_at }: ScoresSeen,
): Promise<void> {
  await db.query(
    `insert into queued_run (run, model, fetched_at) select $1, $2, $3 where exists (select from run where run = $1)
     on conflict (run) do update set model = excluded.model, fetched_at = excluded.fetched_at, queued_at = now()`,
    [run, model, fetched_at],
  );
}

import type { Queryable } from '../../storage/database.ts';

/** Id of the newest event of the journal of labels; null when it is empty. */
export async function newestEvent(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ newest: string | null }>(
    'select max(id)::text as newest from label_event',
  );
  return rows[0]?.newest ?? null;
}

/** Whether experts said anything since labels were last read for a training. */
export async function areThereNewLabels(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ learned: string | null }>(
    `select report -> 'labels' ->> 'newestEvent' as learned from model_act where act = 'trained' order by id desc limit 1`,
  );
  const newest = await newestEvent(db);
  return newest !== null && newest !== rows[0]?.learned;
}

import type { Queryable } from '../database.ts';

export async function nextNumber(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ next_id: number }>('select next_id from incident_ledger');
  return rows[0]?.next_id ?? 1;
}

export async function rememberNextNumber(db: Queryable, next: number): Promise<void> {
  await db.query('update incident_ledger set next_id = $1 where next_id < $1', [next]);
}

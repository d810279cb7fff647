import { inShort } from '../pipeline/look.ts';
import { type Moment, type RunLife, mostRunsAhead } from '../pipeline/runLife.ts';
import type { Queryable } from './database.ts';

/** The life of a row of `run` as JSON, as {@link RunLife}. */
export function lifeOf(row: string): string {
  const milliseconds = (column: string) => `(extract(epoch from ${row}.${column}) * 1000)::bigint`;
  return `jsonb_build_object('state', ${row}.life, 'reason', ${row}.life_reason, 'since', ${milliseconds('life_since')},
    'grewAt', ${milliseconds('grew_at')}, 'overAt', ${milliseconds('over_at')}, 'lookAt', ${milliseconds('look_at')})`;
}

/** Writes the life of a run after a look at it, within the transaction that stores what the look brought. */
export async function saveLife(db: Queryable, run: number, life: RunLife): Promise<void> {
  const time = (milliseconds: number | null) => (milliseconds === null ? null : new Date(milliseconds));
  await db.query(
    `update run set life = $2, life_reason = $3, life_since = $4, grew_at = $5, over_at = $6, look_at = $7, looked_at = now()
     where run = $1`,
    [run, life.state, life.reason, time(life.since), time(life.grewAt), time(life.overAt), time(life.lookAt)],
  );
}

/** What is known beside a look at a run: the time by the database's clock, and whether a newer run has hits. */
export async function momentOf(db: Queryable, run: number): Promise<Moment> {
  const { rows } = await db.query<Moment>(
    `select round(extract(epoch from now()) * 1000)::double precision as now,
            exists (select from run where run > $1 and run <= $1::bigint + $2 and hits > 0) as newer`,
    [run, mostRunsAhead],
  );
  return rows[0] ?? { now: 0, newer: false };
}

/**
 * Opens, keeps or closes the incident that the source shows less of a run than was had.
 *
 * @param less reasons of the chambers concerned; empty when the source shows all of what was had.
 * @returns what happened to it.
 */
export async function saveCoverage(
  db: Queryable,
  run: number,
  less: readonly string[],
): Promise<'opened' | 'closed' | null> {
  if (less.length === 0) {
    const closed = await db.query(
      'update coverage_incident set closed_at = now() where run = $1 and closed_at is null',
      [run],
    );
    return closed.rowCount === 0 ? null : 'closed';
  }
  const reason = `the source shows less of ${less.length} chambers than was had: ${inShort(less)}`;
  const { rows } = await db.query<{ isNew: boolean }>(
    `insert into coverage_incident as open (run, chambers, reason) values ($1, $2, $3)
     on conflict (run) where closed_at is null
     do update set chambers = greatest(open.chambers, excluded.chambers), reason = excluded.reason
     returning xmax = 0 as "isNew"`,
    [run, less.length, reason],
  );
  return rows[0]?.isNew ? 'opened' : null;
}

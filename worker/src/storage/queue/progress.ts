import type { QueueProgress } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';

/** How many chambers are open to labelling, and how they stand. */
export async function countStates(
  db: Queryable,
): Promise<Pick<QueueProgress, 'total' | 'labelled' | 'skipped' | 'leased' | 'waiting'>> {
  const { rows } = await db.query<{ total: number; labelled: number; skipped: number; leased: number }>(
    `select (select count(*)::integer from queue) as total,
            (select count(*)::integer from queue where state = 'labelled') as labelled,
            (select count(*)::integer from queue where state = 'skipped') as skipped,
            (select count(*)::integer from queue where state = 'leased' and lease_until >= now()) as leased`,
  );
  const { total = 0, labelled = 0, skipped = 0, leased = 0 } = rows[0] ?? {};
  return { total, labelled, skipped, leased, waiting: total - labelled - skipped - leased };
}

/** What each expert did that was not taken back. */
export async function listExperts(db: Queryable): Promise<QueueProgress['experts']> {
  const { rows } = await db.query<{
    by: string;
    labels: number;
    skips: number;
    medianSeconds: number | null;
    last_at: Date;
  }>(
    `select e.expert as by,
            count(*) filter (where kind = 'label')::integer as labels,
            count(*) filter (where kind = 'skip')::integer as skips,
            percentile_cont(0.5) within group (order by seconds) as "medianSeconds",
            max(at) as last_at
     from label_event e
     where kind <> 'undo' and not exists (select from label_event u where u.undoes = e.id)
     group by e.expert order by labels desc, e.expert`,
  );
  return rows.map(({ last_at, ...expert }) => ({ ...expert, lastAt: last_at.toISOString() }));
}

/**
 * Judged and bad layers of the chambers that make up the random sample.
 *
 * Within a run, the chambers first in the fixed random order, up to the last that was drawn at random, are a fair
 * sample: those among them that a strategy brought up before count as well, or bad chambers would be missing. Where the
 * sample ends is decided by the random draws alone, never by what was found.
 */
export async function auditedChambers(db: Queryable): Promise<{ layers: number; bad: number }[]> {
  const { rows } = await db.query<{ layers: number; bad: number }>(
    `with frontier as (
       select run, max(random_key) as last from queue where audit and state = 'labelled' group by run
     )
     select cardinality(array_positions(l.verdicts, 'good')) + cardinality(array_positions(l.verdicts, 'bad')) as layers,
            cardinality(array_positions(l.verdicts, 'bad')) as bad
     from frontier
     join queue q on q.run = frontier.run and q.random_key <= frontier.last and q.state = 'labelled'
     cross join lateral (
       select verdicts from current_label c
       where c.run = q.run and c.wheel = q.wheel and c.station = q.station and c.sector = q.sector
     ) l`,
  );
  return rows;
}

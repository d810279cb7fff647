import type { LabelImportReport } from '@dtdqm/contract';
import type { Queryable } from '../../database.ts';

const mostLines = 1000;

/** What became of the staged lines. */
export async function reportOf(db: Queryable): Promise<LabelImportReport> {
  const sums = await db.query<{ taken: number; alreadyThere: number; refused: number }>(
    `select count(*) filter (where outcome = 'taken')::integer as taken,
            count(*) filter (where outcome = 'already-there')::integer as "alreadyThere",
            count(*) filter (where outcome = 'refused')::integer as refused
     from import_line`,
  );
  const lines = await db.query<{ line: number; outcome: 'already-there' | 'refused'; reason: string | null }>(
    `select line, outcome, reason from import_line where outcome <> 'taken'
     order by outcome = 'refused' desc, line limit $1`,
    [mostLines],
  );
  return {
    ...(sums.rows[0] ?? { taken: 0, alreadyThere: 0, refused: 0 }),
    stored: true,
    lines: lines.rows
      .sort((a, b) => a.line - b.line)
      .map(({ line, outcome, reason }) => ({ line, outcome, ...(reason === null ? {} : { reason }) })),
  };
}

/** Moves the chambers that were taken in the queue as their labels now stand. */
export async function refreshStates(db: Queryable): Promise<void> {
  await db.query(
    `update queue q set lease_id = null, lease_by = null, lease_until = null, state = case
       when exists (select from current_label l where l.run = q.run and l.wheel = q.wheel and l.station = q.station and l.sector = q.sector) then 'labelled'
       when exists (select from current_skip s where s.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector) then 'skipped'
       else 'waiting' end::queue_state
     from (select distinct run, wheel, station, sector from import_line where outcome = 'taken') as i
     where q.run = i.run and q.wheel = i.wheel and q.station = i.station and q.sector = i.sector`,
  );
}

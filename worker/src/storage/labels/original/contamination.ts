import type { Queryable } from '../../database.ts';
import type { Page } from './scoreLists.ts';

export interface Contamination {
  /** Layers that labels in force call good or bad. */
  labelled: number;
  bad: number;
  /** bad / labelled */
  share: number;
}

/** Share of bad layers among the labelled ones, run by run, newest first. */
export async function contaminationByRun(
  db: Queryable,
  { limit, offset = 0 }: Page,
): Promise<(Contamination & { run: number })[]> {
  const { rows } = await db.query<Contamination & { run: number }>(
    `select run, sum(labelled)::integer as labelled, sum(bad)::integer as bad,
            sum(bad)::real / nullif(sum(labelled), 0) as share
     from (
       select run, cardinality(array_positions(verdicts, 'bad')) as bad,
              cardinality(array_positions(verdicts, 'bad')) + cardinality(array_positions(verdicts, 'good')) as labelled
       from current_label
     ) as chamber
     group by run having sum(labelled) > 0
     order by run desc limit $1 offset $2`,
    [limit, offset],
  );
  return rows;
}

/** Share of bad layers among the labelled ones, by station and layer number. */
export async function contaminationByLayer(
  db: Queryable,
): Promise<(Contamination & { station: number; layer: number })[]> {
  const { rows } = await db.query<Contamination & { station: number; layer: number }>(
    `select station, layer, labelled::integer, bad::integer, share from reporting.contamination order by station, layer`,
  );
  return rows;
}

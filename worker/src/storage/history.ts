import { formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { Queryable } from './database.ts';
import { unflatten } from './encoding.ts';

/** How many runs back are searched for good ones. */
const horizon = 12;

/**
 * For every chamber, its matrices in the newest runs before `run` in which all its layers were good.
 *
 * @param depth greatest number of matrices for a chamber, newest first.
 * @returns by {@link formatChamber}; chambers without a good run are not in the map.
 */
export async function goodHistory(db: Queryable, run: number, depth = 3): Promise<Map<string, Matrix[]>> {
  const { rows } = await db.query<ChamberId & { hits: number[] }>(
    `with recent as (
       select run, model from run where run < $1 and status = 'FINISHED' order by run desc limit $2
     ), good as (
       select run, wheel, station, sector,
              row_number() over (partition by wheel, station, sector order by run desc) as age
       from recent join chamber_score s using (run, model)
       where not s.verdicts && array['bad', 'unknown']::verdict[]
     )
     select wheel, station, sector, to_json(c.hits) as hits
     from good join chamber c using (run, wheel, station, sector)
     where age <= $3
     order by age`,
    [run, horizon, depth],
  );
  const history = new Map<string, Matrix[]>();
  for (const row of rows) {
    const key = formatChamber(row);
    history.set(key, [...(history.get(key) ?? []), unflatten(row.hits)]);
  }
  return history;
}

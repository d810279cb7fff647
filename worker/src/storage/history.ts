import { formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { Queryable } from './database.ts';
import { unflatten } from './encoding.ts';

/** A chamber as a run before counted it. */
export interface PastMatrix {
  run: number;
  matrix: Matrix;
}

/**
 * How many finished runs back good ones are looked for. Near ones first and then ever further apart: what sinks slowly is
 * called good for a while, and a past of the newest runs alone would sink with it.
 */
const ages = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/** Of the good ones among those, the newest and so many of the oldest. */
const oldest = 3;

/**
 * For every chamber, its matrices in runs before `run` in which all its layers were good, newest first.
 *
 * @returns by {@link formatChamber}; chambers without a good run are not in the map.
 */
export async function goodHistory(db: Queryable, run: number): Promise<Map<string, PastMatrix[]>> {
  const { rows } = await db.query<ChamberId & { run: number; hits: number[] }>(
    `with recent as (
       select run, model, row_number() over (order by run desc) as age
       from run where run < $1 and status = 'FINISHED'
       order by run desc limit $2
     ), good as (
       select run, wheel, station, sector,
              row_number() over (partition by wheel, station, sector order by run desc) as from_newest,
              row_number() over (partition by wheel, station, sector order by run) as from_oldest
       from recent join chamber_score s using (run, model)
       where age = any($3) and not s.verdicts && array['bad', 'unknown']::verdict[]
     )
     select run, wheel, station, sector, to_json(c.hits) as hits
     from good join chamber c using (run, wheel, station, sector)
     where from_newest = 1 or from_oldest <= $4
     order by run desc`,
    [run, Math.max(...ages), ages, oldest],
  );
  const history = new Map<string, PastMatrix[]>();
  for (const { run, hits, ...chamber } of rows) {
    const key = formatChamber(chamber);
    history.set(key, [...(history.get(key) ?? []), { run, matrix: unflatten(hits) }]);
  }
  return history;
}

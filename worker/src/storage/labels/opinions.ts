import type { Opinion } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';

/** The bootstrap over these takes well under a second; older disagreements say little of today's experts. */
const mostChambers = 2000;

/** Labels in force of chambers that at least two experts judged, the latest such chambers. */
export async function sharedOpinions(db: Queryable, chambers = mostChambers): Promise<Opinion[]> {
  const { rows } = await db.query<Opinion>(
    `with shared as (
       select run, wheel, station, sector from label_event where kind = 'label'
       group by run, wheel, station, sector
       having count(distinct expert) > 1
       order by max(id) desc limit $1
     )
     select o.expert as by, concat_ws('/', o.run, o.wheel, o.station, o.sector) as chamber, o.verdicts::text[]
     from shared
     join lateral (
       select * from opinion p
       where p.run = shared.run and p.wheel = shared.wheel and p.station = shared.station and p.sector = shared.sector
     ) o on true`,
    [chambers],
  );
  return rows;
}

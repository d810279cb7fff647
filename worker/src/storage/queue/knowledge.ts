import type { Queryable } from '../database.ts';

/** Features of the worst-looking layers of chambers drawn at random, as the queue keeps them. */
export async function backgroundFeatures(
  db: Queryable,
  count: number,
  from = Math.random(),
): Promise<number[][]> {
  // Two index ranges, from a random place on and from the start, instead of sorting the table.
  const { rows } = await db.query<{ features: number[] }>(
    `(select features from queue where state = 'waiting' and random_key >= $1 order by random_key limit $2)
     union all
     (select features from queue where state = 'waiting' and random_key < $1 order by random_key limit $2)
     limit $2`,
    [from, count],
  );
  return rows.map(({ features }) => features).filter(({ length }) => length > 0);
}

export interface LabelledFeatures {
  features: number[];
  bad: boolean;
}

/** Features of the layers whose label in force is good or bad, by the latest `count` labels, oldest first. */
export async function labelledFeatures(db: Queryable, count: number): Promise<LabelledFeatures[]> {
  const { rows } = await db.query<LabelledFeatures>(
    `select features, bad from (
       select distinct on (q.run, q.wheel, q.station, q.sector) e.id, q.features, e.verdicts[q.focus] = 'bad' as bad
       from (
         select * from label_event e
         where kind = 'label' and not exists (select from label_event u where u.undoes = e.id)
         order by id desc limit $1
       ) e
       join queue q using (run, wheel, station, sector)
       where e.verdicts[q.focus] in ('good', 'bad') and cardinality(q.features) > 0
       order by q.run, q.wheel, q.station, q.sector, e.version desc
     ) as latest
     order by id`,
    [count],
  );
  return rows;
}

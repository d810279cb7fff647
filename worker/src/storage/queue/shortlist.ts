import type { Queryable } from '../database.ts';
import { storedStrategies, type StoredPriorities } from './place.ts';

export interface Waiting {
  run: number;
  wheel: number;
  station: number;
  sector: number;
  focus: number;
  features: number[];
  /** P(bad) of the focus layer by the run's current model. */
  score: number;
}

/** Chambers that could come next soon by some strategy: the first of each order, and some drawn at random. */
export async function shortlist(db: Queryable, each: number): Promise<Waiting[]> {
  const heads = [
    ...storedStrategies.map((name) => `${name.replaceAll('-', '_')} desc, random_key`),
    'random_key',
  ];
  const { rows } = await db.query<Waiting>(
    `with head as (
       ${heads.map((order) => `(select run, wheel, station, sector from queue where state = 'waiting' order by ${order} limit $1)`).join('\n       union\n       ')}
     )
     select q.run, q.wheel, q.station, q.sector, q.focus, q.features, s.scores[q.focus] as score
     from head
     join queue q using (run, wheel, station, sector)
     join run r using (run)
     join chamber_score s using (run, wheel, station, sector)
     where s.model = r.model and cardinality(q.features) > 0`,
    [each],
  );
  return rows;
}

export type Reprioritised = Pick<Waiting, 'run' | 'wheel' | 'station' | 'sector'> & {
  priorities: Partial<StoredPriorities>;
};

/** Changes some priorities of chambers, discounted for their twins; states stay as they are. */
export async function reprioritise(
  db: Queryable,
  chambers: readonly Reprioritised[],
  names: readonly (keyof StoredPriorities)[],
): Promise<void> {
  const columns = names.map((name) => name.replaceAll('-', '_'));
  await db.query(
    `update queue q set ${columns.map((column) => `${column} = p.${column} / (1 + q.twin_rank)`).join(', ')}
     from unnest($1::integer[], $2::smallint[], $3::smallint[], $4::smallint[],
                 ${columns.map((_, index) => `$${index + 5}::real[]`).join(', ')})
       as p (run, wheel, station, sector, ${columns.join(', ')})
     where q.run = p.run and q.wheel = p.wheel and q.station = p.station and q.sector = p.sector and q.state = 'waiting'`,
    [
      chambers.map(({ run }) => run),
      chambers.map(({ wheel }) => wheel),
      chambers.map(({ station }) => station),
      chambers.map(({ sector }) => sector),
      ...names.map((name) => chambers.map(({ priorities }) => priorities[name] ?? 0)),
    ],
  );
}

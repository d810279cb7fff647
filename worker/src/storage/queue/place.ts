import type { ChamberOfRun } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { arrayLiteral } from '../encoding.ts';

/** Priorities kept in the queue: all strategies but random, which has its own key. */
export const storedStrategies = [
  'margin',
  'most-anomalous',
  'density-weighted',
  'k-center',
  'committee',
  'expected-gradient',
  'outlier-then-margin',
] as const;
export type StoredPriorities = Record<(typeof storedStrategies)[number], number>;

export interface QueuePlace extends ChamberOfRun {
  /** Least |0.5 - score| over the layers. */
  certainty: number;
  twin: string;
  focus: number;
  features: readonly number[];
  /** Before the discount for twins. */
  priorities: StoredPriorities;
}

const columns = storedStrategies.map((name) => name.replaceAll('-', '_'));

/**
 * Gives chambers their places, in one statement. A chamber that has one keeps its state, lease and random key, and its
 * count of twins while it still looks the same. A new one that was labelled or skipped before its run was deleted and
 * fetched again counts as labelled or skipped.
 */
export async function placeInQueue(db: Queryable, places: readonly QueuePlace[]): Promise<void> {
  await db.query(
    `insert into queue as known (run, wheel, station, sector, state, certainty, twin, twin_rank, focus, features, ${columns.join(', ')})
     select p.run, p.wheel, p.station, p.sector,
            case when exists (select from current_label l where l.run = p.run and l.wheel = p.wheel and l.station = p.station and l.sector = p.sector) then 'labelled'
                 when exists (select from current_skip s where s.run = p.run and s.wheel = p.wheel and s.station = p.station and s.sector = p.sector) then 'skipped'
                 else 'waiting' end::queue_state,
            p.certainty, p.twin, t.before, p.focus, p.features::real[],
            ${columns.map((column) => `p.${column} / (1 + t.before)`).join(', ')}
     from unnest($1::integer[], $2::smallint[], $3::smallint[], $4::smallint[], $5::real[], $6::text[], $7::smallint[], $8::text[],
                 ${columns.map((_, index) => `$${index + 9}::real[]`).join(', ')})
       as p (run, wheel, station, sector, certainty, twin, focus, features, ${columns.join(', ')})
     cross join lateral (
       select coalesce(
         (select twin_rank from queue k where k.run = p.run and k.wheel = p.wheel and k.station = p.station and k.sector = p.sector and k.twin = p.twin),
         (select max(twin_rank) + 1 from queue k where k.twin = p.twin),
         0) as before
     ) t
     on conflict (run, wheel, station, sector) do update set
       certainty = excluded.certainty, twin = excluded.twin, twin_rank = excluded.twin_rank, focus = excluded.focus,
       features = excluded.features, ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [
      places.map(({ run }) => run),
      places.map(({ wheel }) => wheel),
      places.map(({ station }) => station),
      places.map(({ sector }) => sector),
      places.map(({ certainty }) => certainty),
      places.map(({ twin }) => twin),
      places.map(({ focus }) => focus),
      places.map(({ features }) => arrayLiteral(features)),
      ...storedStrategies.map((name) => places.map(({ priorities }) => priorities[name])),
    ],
  );
}

/** Takes chambers of a run out of the queue that have no scores any more. */
export async function dropFromQueue(db: Queryable, run: number): Promise<void> {
  await db.query(
    `delete from queue q where q.run = $1 and not exists (
       select from run r join chamber_score s on s.run = r.run and s.model = r.model
       where r.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector)`,
    [run],
  );
}

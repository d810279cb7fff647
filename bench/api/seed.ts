import { allChambers } from '@dtdqm/contract';
import type { Database } from '@dtdqm/worker/storage/database';

/** Statements of the pool end after 30 s, also on a machine that has more to do. */
const runsAtOnce = 100;

/**
 * Fills runs 1..`runs` with chambers, scores and places in the queue, by SQL alone. Matrices are one wire wide: neither
 * `next` nor a label reads them, and a million real ones would take an hour to make.
 */
export async function seedRuns(database: Database, runs: number): Promise<number> {
  await database.query(`insert into model (name, hash) values ('bench@1', 'bench')`);
  await database.query(
    `insert into run (run, dataset, status, life, chambers, bad_layers, model, fetched_at)
     select run, 'Global/Online/ALL', 'FINISHED', 'final', 250, 0, 'bench@1', now() from generate_series(1, $1) as run`,
    [runs],
  );
  let chambers = 0;
  for (let first = 1; first <= runs; first += runsAtOnce) {
    await database.query(
      `create table place as
       select run, c.* from generate_series($1::integer, $2::integer) as run
       cross join unnest($3::smallint[], $4::smallint[], $5::smallint[]) as c (wheel, station, sector)`,
      [
        first,
        Math.min(runs, first + runsAtOnce - 1),
        allChambers.map(({ wheel }) => wheel),
        allChambers.map(({ station }) => station),
        allChambers.map(({ sector }) => sector),
      ],
    );
    await database.query(
      `insert into chamber (run, wheel, station, sector, state, width, total_hits, hits)
       select run, wheel, station, sector, 'present', 1, 120, array_fill(10, array[12]) from place`,
    );
    // Most layers are surely good; the cube of a uniform number leaves few near 0.5 and above.
    await database.query(
      `insert into chamber_score (run, wheel, station, sector, model, scores, verdicts, saliency_scale, saliency)
       select run, wheel, station, sector, 'bench@1',
              array(select case when station = 4 and layer between 5 and 8 then -1 else greatest(0.001, power(random(), 8)) end from generate_series(1, 12) as layer where run > 0)::real[],
              array_fill('good'::verdict, array[12]), 0, '{}'
       from place`,
    );
    const { rowCount } = await database.query(
      `insert into queue (run, wheel, station, sector, certainty, twin, twin_rank, focus, score, priority, features)
       select run, wheel, station, sector, (1 - m) / 2, concat_ws('/', wheel, station, sector), run, 1, (1 + m) / 2, random() / run,
              array(select random()::real from generate_series(1, 7) where run > 0)
       from place cross join lateral (select random() as m where run > 0) as drawn`,
    );
    await database.query('drop table place');
    chambers += rowCount ?? 0;
  }
  await database.query('vacuum analyze');
  // In real life they come over months: nothing of the filling may be left to write.
  await database.query('checkpoint');
  return chambers;
}

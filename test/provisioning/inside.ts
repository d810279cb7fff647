import type { Queryable } from '@dtdqm/worker/storage/database';

/** Makes a stored run one in progress that was looked at three times, every minute; the first chamber tripped in the last one. */
export async function insertInside(database: Queryable, run: number, secondsAgo = 60): Promise<void> {
  await database.query(`update run set life = 'growing', looked_at = now() where run = $1`, [run]);
  await database.query(`insert into run_live (run, version, looks, state) values ($1, 'test', 3, '')`, [run]);
  await database.query(
    `insert into run_look (run, look, asked_at, lumisection, hits, judged, waiting, bad)
     select $1, look, now() - make_interval(secs => $2 + 60 * (3 - look)), 10 * look, 1000000, 240, 10, 1 from generate_series(1, 3) as look`,
    [run, secondsAgo],
  );
  await database.query(
    `insert into chamber_slice (run, look, from_look, hits, wheel, station, sector, verdicts, layer_hits, counts)
     select $1, look, look - 1, case look when 3 then 11010 else 12000 end, -2, 1, 1, case look when 3 then 'gggggggbgggg' else 'gggggggggggg' end,
            case look when 3 then '{1000,1000,1000,1000,1000,1000,1000,10,1000,1000,1000,1000}'::integer[] else array_fill(1000, '{12}') end, ''
     from generate_series(1, 3) as look`,
    [run],
  );
  await database.query(
    `insert into run_change (run, wheel, station, sector, kind, layers, first_wire, last_wire, from_at, from_lumisection, to_at, to_lumisection, told_at, told_lumisection,
                             ratio, ratio_low, ratio_high)
     select $1, -2, 1, 1, 'trip', '{8}', null, null, asked_at - interval '60 s', 20, asked_at, 30, asked_at, 30, 0.01, 0, 0.03 from run_look where run = $1 and look = 3`,
    [run],
  );
}

import type { ChamberHistory, ChamberOfRun, ChamberScores, Fault, Verdict } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';

interface ScoresRow {
  model: string;
  current: boolean;
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
}

/** What every model said of a chamber, the most recently registered first; empty when nothing is stored. */
export async function scoresByModel(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
): Promise<ChamberScores['models']> {
  const { rows } = await db.query<ScoresRow>(
    `select s.model, s.model = r.model as current, s.scores, s.verdicts::text[], s.faults
     from run r
     join chamber_score s using (run)
     join model m on m.name = s.model
     where s.run = $1 and s.wheel = $2 and s.station = $3 and s.sector = $4
     order by m.registered_at desc, s.model`,
    [run, wheel, station, sector],
  );
  return rows;
}

/** The chamber's scores in runs up to the one given, newest first; runs without it are left out. */
export async function scoresByRun(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
  limit: number,
): Promise<ChamberHistory['runs']> {
  const { rows } = await db.query<ChamberHistory['runs'][number]>(
    `select r.run, s.scores, s.verdicts::text[]
     from run r
     join chamber_score s
       on s.run = r.run and s.wheel = $2 and s.station = $3 and s.sector = $4 and s.model = r.model
     where r.run <= $1
     order by r.run desc
     limit $5`,
    [run, wheel, station, sector, limit],
  );
  return rows;
}

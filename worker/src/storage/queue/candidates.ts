import type { Fault, Matrix, Station, Wheel } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { unflatten } from '../encoding.ts';

/** A scored chamber of a run, before it has its place in the queue. */
export interface ScoredChamber {
  run: number;
  wheel: Wheel;
  station: Station;
  sector: number;
  matrix: Matrix;
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: number[];
  faults: Fault[];
}

/** Chambers of a run that its current model has scored. */
export async function scoredChambers(db: Queryable, run: number): Promise<ScoredChamber[]> {
  const { rows } = await db.query<Omit<ScoredChamber, 'matrix'> & { hits: number[] }>(
    `select c.run, c.wheel, c.station, c.sector, c.hits, s.scores, s.faults
     from run r
     join chamber c using (run)
     join chamber_score s using (run, wheel, station, sector)
     where r.run = $1 and s.model = r.model and c.state = 'present'`,
    [run],
  );
  return rows.map(({ hits, ...row }) => ({ ...row, matrix: unflatten(hits) }));
}

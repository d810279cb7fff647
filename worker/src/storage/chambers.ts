import type { ChamberData, ChamberId, Fault, Verdict } from '@dtdqm/contract';
import type { Queryable } from './database.ts';
import { dequantise, unflatten } from './encoding.ts';

export interface ChamberState extends ChamberId {
  state: 'present' | 'absent' | 'failed';
  /** Why there is no matrix; null when there is one. */
  reason: string | null;
}

/**
 * One chamber of one run with the scores of the run's current model; without `evaluation`, which labels own.
 *
 * @returns null when the run is not stored, or has no matrix for the chamber, or no model has scored it yet.
 */
export async function getChamberData(
  db: Queryable,
  run: number,
  chamber: ChamberId,
): Promise<ChamberData | null> {
  const { wheel, station, sector } = chamber;
  const { rows } = await db.query<ScoredChamber>(
    `select to_json(c.hits) as hits, s.scores, s.verdicts::text[], s.faults, to_json(s.saliency) as saliency, s.saliency_scale as scale, s.model
     from run r
     join chamber c using (run)
     join chamber_score s using (run, wheel, station, sector)
     where r.run = $1 and c.wheel = $2 and c.station = $3 and c.sector = $4 and s.model = r.model and c.state = 'present'`,
    [run, wheel, station, sector],
  );
  const found = rows[0];
  if (found === undefined) return null;
  const matrix = unflatten(found.hits);
  return {
    params: { run, wheel, sector, station },
    matrix,
    scores: found.scores,
    saliency: dequantise({ scale: found.scale, values: found.saliency }, matrix),
    verdicts: found.verdicts,
    faults: found.faults,
    model: found.model,
  };
}

interface ScoredChamber {
  hits: number[];
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
  saliency: number[];
  scale: number;
  model: string;
}

/** What is known of every chamber of a run, by wheel, station, sector; empty when the run has not been stored. */
export async function listChambers(db: Queryable, run: number): Promise<ChamberState[]> {
  const { rows } = await db.query<ChamberState>(
    `select wheel, station, sector, state, reason from chamber where run = $1 order by wheel, station, sector`,
    [run],
  );
  return rows;
}

import type { ChamberId, ChamberSummary } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';

/** Every chamber of a run in a line, by wheel, station, sector; empty when the run is not stored. */
export async function listChamberSummaries(db: Queryable, run: number): Promise<ChamberSummary[]> {
  const { rows } = await db.query<Omit<ChamberSummary, 'hits'> & { hits: string | null }>(
    `select wheel, station, sector, state, reason, hits, bad_layers as "badLayers", worst_score as "worstScore", faults
     from reporting.chambers
     where run = $1
     order by wheel, station, sector`,
    [run],
  );
  return rows.map((row) => ({ ...row, hits: row.hits === null ? null : Number(row.hits) }));
}

/** Of finished runs, the chamber that is most worth a look: something is wrong with it, but not with all of it. */
export async function findInterestingChamber(
  db: Queryable,
  run: number,
): Promise<(ChamberId & { badLayers: number }) | null> {
  const { rows } = await db.query<ChamberId & { badLayers: number }>(
    `select wheel, station, sector, bad_layers as "badLayers"
     from reporting.chambers
     where run = $1 and state = 'present' and model is not null
     order by bad_layers between 1 and 4 desc, worst_score desc, wheel, station, sector
     limit 1`,
    [run],
  );
  return rows[0] ?? null;
}

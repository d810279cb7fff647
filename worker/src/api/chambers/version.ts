import type { ChamberOfRun } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';

/** What a chamber's data follow from: run stored, model, events of its labels. Two index look-ups. */
export async function chamberVersion(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
): Promise<(string | number | null)[]> {
  const { rows } = await db.query<{ stored: string; model: string | null; labels: number }>(
    `select updated_at::text as stored, model,
            (select coalesce(max(version), 0) from label_event e
             where e.run = $1 and e.wheel = $2 and e.station = $3 and e.sector = $4) as labels
     from run where run = $1`,
    [run, wheel, station, sector],
  );
  const found = rows[0];
  return found === undefined ? [] : [run, wheel, station, sector, found.stored, found.model, found.labels];
}

import { formatChamber, type ChamberId } from '@dtdqm/contract';
import type { Identity } from '../../incidents/reconcile.ts';
import type { Queryable } from '../database.ts';

/** Incidents that were opened after a run, as far as they can be told again after a replay. */
export async function identitiesAfter(db: Queryable, run: number): Promise<Identity[]> {
  const { rows } = await db.query<ChamberId & Omit<Identity, 'chamber'>>(
    `select id, wheel, station, sector, spans, first_run as "firstRun", last_run as "lastRun"
     from incident where opened_run > $1 order by id`,
    [run],
  );
  return rows.map(({ wheel, station, sector, ...rest }) => ({
    ...rest,
    chamber: formatChamber({ wheel, station, sector }),
  }));
}

import type { ChamberSummary, DetectorState } from '@dtdqm/contract';
import type { Queryable } from './database.ts';

type Moments = 'startedAt' | 'storedAt';

/**
 * How the detector stands in a run, as the views say: this only gives their columns the contract's names.
 *
 * @param run the newest with judged chambers unless given.
 */
export async function detectorState(db: Queryable, run = 0): Promise<DetectorState> {
  const { rows } = await db.query<Omit<DetectorState, Moments> & Record<Moments, Date | null>>(
    `select headline, quiet, tone, doubts, run, stored_at as "storedAt", life, model, source, connected, stale, expected, judged, failed, absent, dead,
            bad, unknown, good, kept, "new", acknowledged, shelved, unconfirmed, not_in_run as "notInRun",
            (select started_at from run where run.run = d.run) as "startedAt"
     from reporting.detector_state($1) as d`,
    [run],
  );
  const [state] = rows;
  if (state === undefined) throw new Error('reporting.detector_state has a row, whatever is stored');
  return {
    ...state,
    startedAt: state.startedAt?.toISOString() ?? null,
    storedAt: state.storedAt?.toISOString() ?? null,
  };
}

/** Every chamber of a run in a line, by wheel, station, sector; empty when the run is not stored. */
export async function listChamberSummaries(db: Queryable, run: number): Promise<ChamberSummary[]> {
  const { rows } = await db.query<SummaryRow>(
    `select wheel, station, sector, state, condition, reason, standing, incident, since_run as "sinceRun", kind, in_run as "inRun",
            kept_since as "keptSince", kept_reason as "keptReason", hits, bad_layers as "badLayers", worst_score as "worstScore", faults
     from reporting.chamber_states
     where run = $1
     order by wheel, station, sector`,
    [run],
  );
  return rows.map(({ keptSince, keptReason, ...row }) => ({
    ...row,
    kept: keptSince === null ? null : { since: keptSince.toISOString(), reason: keptReason ?? '' },
    hits: row.hits === null ? null : Number(row.hits),
  }));
}

interface SummaryRow extends Omit<ChamberSummary, 'hits' | 'kept'> {
  hits: string | null;
  keptSince: Date | null;
  keptReason: string | null;
}

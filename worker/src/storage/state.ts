import type { ChamberSummary, DetectorState, RunPast } from '@dtdqm/contract';
import type { Queryable } from './database.ts';

type Moments = 'startedAt' | 'storedAt' | 'at';

/**
 * How the detector stands in a run, as the views say: this only gives their columns the contract's names.
 *
 * @param run the newest with judged chambers unless given.
 */
export async function detectorState(db: Queryable, run = 0): Promise<DetectorState> {
  const { rows } = await db.query<Omit<DetectorState, Moments> & Record<Moments, Date | null> & { at: Date }>(
    `select clock_timestamp() as at, headline, quiet, tone, doubts, run, stored_at as "storedAt", life, model, source, connected, stale, expected, judged, failed, absent, dead,
            bad, unknown, good, kept, "new", acknowledged, shelved, unconfirmed, not_in_run as "notInRun",
            (select started_at from run where run.run = d.run) as "startedAt"
     from reporting.detector_state($1) as d`,
    [run],
  );
  const [state] = rows;
  if (state === undefined) throw new Error('reporting.detector_state has a row, whatever is stored');
  return {
    ...state,
    at: state.at.toISOString(),
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

/**
 * How the chambers with a standing in a run were in the newest judged runs up to it.
 *
 * @param limit of the runs.
 */
export async function pastOfChambers(db: Queryable, run: number, limit: number): Promise<RunPast> {
  const { rows } = await db.query<RunPast['chambers'][number] & { runs: number[] }>(
    `with recent as (
       select j.run, r.model from reporting.judged_runs j join run r using (run) where j.run <= $1 order by j.run desc limit $2
     )
     select t.wheel, t.station, t.sector, array_agg(r.run order by r.run) as runs,
            array_agg(coalesce(chamber_condition(c.state, s.verdicts, s.faults), 'unknown') order by r.run) as conditions
     from reporting.chamber_states t
     cross join recent r
     left join chamber c on (c.run, c.wheel, c.station, c.sector) = (r.run, t.wheel, t.station, t.sector)
     left join chamber_score s on (s.run, s.wheel, s.station, s.sector, s.model) = (r.run, t.wheel, t.station, t.sector, r.model)
     where t.run = $1 and t.standing is not null
     group by t.wheel, t.station, t.sector
     order by t.wheel, t.station, t.sector`,
    [run, limit],
  );
  return { runs: rows[0]?.runs ?? [], chambers: rows.map(({ runs: _, ...chamber }) => chamber) };
}

interface SummaryRow extends Omit<ChamberSummary, 'hits' | 'kept'> {
  hits: string | null;
  keptSince: Date | null;
  keptReason: string | null;
}

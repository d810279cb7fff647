import { isDeepStrictEqual } from 'node:util';
import {
  formatChamber,
  layersOf,
  parseChamber,
  type ChamberId,
  type Fault,
  type Verdict,
} from '@dtdqm/contract';
import { grossNoise, type JudgedChamber } from '../../incidents/findings.ts';
import type { ChangeInRun } from '../../incidents/inRun.ts';
import type { Finding, RunFindings } from '../../incidents/track.ts';
import type { Queryable } from '../database.ts';
import { dequantise, unflatten } from '../chambers.ts';
import { hotFaults } from '../past.ts';

export interface StaleRun {
  run: number;
  model: string;
  /** As text: a JavaScript date would cut the microseconds off and never be equal. */
  fetchedAt: string | null;
  at: Date;
  /** Chambers judged; null while the run is young and not over: it may get more. */
  judged: number | null;
  /** The newest change inside the run, by its number; null before the first. */
  newestChange: string | null;
}

/** Runs whose scores the ledger has not taken in as they are now, oldest first. */
export async function staleRuns(db: Queryable, limit: number): Promise<StaleRun[]> {
  const { rows } = await db.query<StaleRun>(
    `select r.run, r.model, r.fetched_at::text as "fetchedAt", r.created_at as at, o.judged, o."newestChange"
     from run r left join run_summary s using (run) left join incident_run i using (run)
     -- A run has half an hour to get hits.
     cross join lateral (select case when r.life = 'final' or r.created_at < now() - interval '30 minutes'
                                     then coalesce(s.judged_chambers, 0) end as judged,
                                (select max(c.id) from run_change c where c.run = r.run)::text as "newestChange") as o
     where r.model is not null and (r.chambers > 0 or r.status = 'FINISHED')
       and (i.model, i.fetched_at, i.judged, i.newest_change::text) is distinct from (r.model, r.fetched_at, o.judged, o."newestChange")
     order by r.run limit $1`,
    [limit],
  );
  return rows;
}

/** Takes out runs that are not stored any more. @returns which, oldest first. */
export async function forgetDeletedRuns(db: Queryable): Promise<number[]> {
  const { rows } = await db.query<{ run: number }>(
    `delete from incident_run i
     where not exists (select from run r where r.run = i.run and r.model is not null) returning run`,
  );
  return rows.map(({ run }) => run).sort((a, b) => a - b);
}

interface BadChamberRow extends ChamberId {
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
  hits: number[];
  saliency: number[];
  scale: number;
  changes: ChangeInRun[];
}

/**
 * Chambers of a run that have a bad layer or gross noise, as the model in use judges them, or that changed while the run was taken, with what changed, oldest
 * first; by wheel, station and sector.
 */
export async function sickChambers(
  db: Queryable,
  run: number,
): Promise<(JudgedChamber & { changes: ChangeInRun[] })[]> {
  const { rows } = await db.query<BadChamberRow>(
    `select c.wheel, c.station, c.sector, s.scores, to_json(s.verdicts) as verdicts, s.faults, to_json(c.hits) as hits,
            to_json(s.saliency) as saliency, s.saliency_scale as scale, coalesce(t.changes, '[]') as changes
     from run r
     join chamber c on c.run = r.run
     join chamber_score s
       on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model
     left join lateral (
       select jsonb_agg(jsonb_build_object(
                'kind', x.kind, 'layers', to_json(x.layers), 'ratio', x.ratio,
                'wires', case when x.first_wire is not null then jsonb_build_object('first', x.first_wire, 'last', x.last_wire) end,
                'happened', jsonb_build_object('from', moment_of(x.from_at, x.from_lumisection), 'to', moment_of(x.to_at, x.to_lumisection))
              ) order by x.id) as changes
       from run_change x where x.run = c.run and x.wheel = c.wheel and x.station = c.station and x.sector = c.sector
     ) as t on true
     where r.run = $1 and ('bad' = any(s.verdicts) or s.faults @? '${hotFaults(grossNoise)}' or t.changes is not null) and c.hits is not null
     order by c.wheel, c.station, c.sector`,
    [run],
  );
  return rows.map(({ wheel, station, sector, scores, verdicts, faults, hits, saliency, scale, changes }) => {
    const matrix = unflatten(hits);
    return {
      chamber: { wheel, station, sector },
      matrix,
      scores,
      verdicts,
      faults,
      saliency: saliency.length === hits.length ? dequantise({ scale, values: saliency }, matrix) : [],
      changes,
    };
  });
}

interface BlindChamberRow extends ChamberId {
  verdicts: (Verdict | null)[] | null;
  faults: Fault[] | null;
}

/**
 * Chambers of a run that cannot be judged in whole or in part.
 *
 * @param blindIn tells which layers of a chamber that was scored cannot be judged.
 * @returns layers by chamber key.
 */
export async function blindChambers(
  db: Queryable,
  run: number,
  blindIn: (judged: Pick<JudgedChamber, 'chamber' | 'verdicts' | 'faults'>) => number[],
): Promise<Record<string, number[]>> {
  const { rows } = await db.query<BlindChamberRow>(
    `select c.wheel, c.station, c.sector, to_json(s.verdicts) as verdicts, s.faults
     from run r
     join chamber c on c.run = r.run
     left join chamber_score s
       on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model
     where r.run = $1 and (s.run is null or 'unknown' = any(s.verdicts) or s.faults @> '[{"kind": "low-statistics"}]')
     order by c.wheel, c.station, c.sector`,
    [run],
  );
  const entries = rows.map(({ wheel, station, sector, verdicts, faults }): [string, number[]] => {
    const chamber = { wheel, station, sector };
    const layers =
      verdicts === null ? layersOf(station) : blindIn({ chamber, verdicts, faults: faults ?? [] });
    return [formatChamber(chamber), layers];
  });
  return Object.fromEntries(entries.filter(([, layers]) => layers.length > 0));
}

type ByChamber<T> = Record<string, T>;

/**
 * Stores what a run says, in place of what it said before.
 *
 * @returns false when that is the same as before: the ledger need not change.
 */
export async function saveFindings(
  db: Queryable,
  { run, model, fetchedAt, at, judged, newestChange }: StaleRun,
  findings: ByChamber<readonly Finding[]>,
  blind: ByChamber<number[]>,
): Promise<boolean> {
  const [before] = await runsAfter(db, run - 1, 1);
  const same =
    before?.run === run &&
    before.model === model &&
    before.judged === judged &&
    isDeepStrictEqual(before.findings, new Map(Object.entries(findings))) &&
    isDeepStrictEqual(before.blind, new Map(Object.entries(blind)));
  await db.query(
    `insert into incident_run (run, model, fetched_at, at, blind, judged, newest_change) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (run) do update set
       model = excluded.model, fetched_at = excluded.fetched_at, blind = excluded.blind, judged = excluded.judged,
       newest_change = excluded.newest_change`,
    [run, model, fetchedAt, at, JSON.stringify(blind), judged, newestChange],
  );
  if (same) return false;
  await db.query('delete from incident_finding where run = $1', [run]);
  const rows = Object.entries(findings).map(([chamber, found]) => ({
    ...parseChamber(chamber),
    findings: found,
  }));
  await db.query(
    `insert into incident_finding (run, wheel, station, sector, findings)
     select $1, wheel, station, sector, findings
     from jsonb_to_recordset($2) as f(wheel smallint, station smallint, sector smallint, findings jsonb)`,
    [run, JSON.stringify(rows)],
  );
  return true;
}

interface RunFindingsRow {
  run: number;
  at: Date;
  model: string;
  blind: ByChamber<number[]>;
  judged: number | null;
  chambers: (ChamberId & { findings: Finding[] })[];
}

/** What the next runs after `run` say, oldest first. */
export async function runsAfter(db: Queryable, run: number, limit: number): Promise<RunFindings[]> {
  const { rows } = await db.query<RunFindingsRow>(
    `select r.run, r.at, r.model, r.blind, r.judged,
            coalesce((select jsonb_agg(jsonb_build_object('wheel', wheel, 'station', station, 'sector', sector, 'findings', findings))
                      from incident_finding f where f.run = r.run), '[]') as chambers
     from incident_run r where r.run > $1 order by r.run limit $2`,
    [run, limit],
  );
  return rows.map(({ chambers, at, blind, ...rest }) => ({
    ...rest,
    at: at.toISOString(),
    blind: new Map(Object.entries(blind)),
    findings: new Map(chambers.map((chamber) => [formatChamber(chamber), chamber.findings])),
  }));
}

import {
  severities,
  type CertificationDraft,
  type Incident,
  type IncidentChange,
  type IncidentDetail,
  type IncidentEvent,
  type IncidentReport,
  type IncidentState,
  type RunSpan,
} from '@dtdqm/contract';
import { draftCertification, morningReport } from '../../incidents/report.ts';
import type { Queryable } from '../database.ts';
import { detectorState } from '../state.ts';

export interface IncidentQuery {
  /** All but healed unless set. */
  states?: readonly IncidentState[] | undefined;
  /** Only those that this run shows. */
  run?: number | undefined;
  wheel?: number | undefined;
  station?: number | undefined;
  sector?: number | undefined;
}

/** Incidents, the worst first, then the newest. */
export async function listIncidents(db: Queryable, query: IncidentQuery = {}): Promise<Incident[]> {
  const { states, run, wheel, station, sector } = query;
  const { rows } = await db.query<IncidentRow>(
    `${selectIncident}
     where i.merged_into is null
       and case when $1::text[] is null then i.condition <> 'healed' or $2::integer is not null else incident_state(i) = any($1) end
       and ($2::integer is null or exists (select from incident_sighting s where s.incident = i.id and s.run = $2))
       and ($3::integer is null or i.wheel = $3)
       and ($4::integer is null or i.station = $4)
       and ($5::integer is null or i.sector = $5)
     order by array_position($6::text[], i.severity) desc, i.opened_run desc, i.id desc`,
    [states, run, wheel, station, sector, severities],
  );
  return rows.map(toIncident);
}

/** One incident with its history; null when there is none of that number. */
export async function getIncident(db: Queryable, incident: number): Promise<IncidentDetail | null> {
  const { rows } = await db.query<IncidentRow>(`${selectIncident} where i.id = $1`, [incident]);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    incident: toIncident(row),
    events: await eventsOf(db, incident),
    sightings: await sightingsOf(db, incident),
    links: await linksOf(db, incident),
    absorbed: await absorbedBy(db, incident),
  };
}

/** Newest run that the ledger has taken in; null before the first. */
export async function newestLedgerRun(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ run: number | null }>('select max(run) as run from incident_run');
  return rows[0]?.run ?? null;
}

async function eventsOf(db: Queryable, incident: number): Promise<IncidentEvent[]> {
  const { rows } = await db.query<Omit<IncidentEvent, 'at'> & { at: Date }>(
    `select at, 'monitor' as actor, change as action, run, comment, '{}'::jsonb as detail, 0 as turn, 0::bigint as id
     from incident_change where incident = $1
     union all
     select at, actor, action, run, comment, detail, 1, id from incident_act where incident = $1
     order by run, turn, id, at`,
    [incident],
  );
  return rows.map(({ at, actor, action, run, comment, detail }) => ({
    at: at.toISOString(),
    actor,
    action,
    run,
    comment,
    detail,
  }));
}

async function sightingsOf(db: Queryable, incident: number): Promise<IncidentDetail['sightings']> {
  const { rows } = await db.query<IncidentDetail['sightings'][number]>(
    `select run, cells, lost, score, ratio from
       (select * from incident_sighting where incident = $1 order by run desc limit 200) as newest
     order by run`,
    [incident],
  );
  return rows;
}

/** The latest word on each pair counts, whichever of both it was said of. */
async function linksOf(db: Queryable, incident: number): Promise<number[]> {
  const { rows } = await db.query<{ other: number }>(
    `select other from (
       select distinct on (other) other, action from (
         select id, action, case when incident = $1 then (detail ->> 'to')::integer else incident end as other
         from incident_act
         where action in ('link', 'unlink') and (incident = $1 or (detail ->> 'to')::integer = $1)
       ) as said order by other, id desc
     ) as latest where action = 'link' order by other`,
    [incident],
  );
  return rows.map(({ other }) => other);
}

async function absorbedBy(db: Queryable, incident: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    'select id from incident where merged_into = $1 order by id',
    [incident],
  );
  return rows.map(({ id }) => id);
}

/** Fields that the table holds otherwise than they are told. */
type Stored = 'wires' | 'shelf' | 'openedAt' | 'healedAt' | 'began' | 'ended';

interface IncidentRow extends Omit<Incident, Stored> {
  openedAt: Date;
  healedAt: Date | null;
  began: RunSpan | null;
  ended: RunSpan | null;
  firstWire: number | null;
  lastWire: number | null;
  shelvedBy: string | null;
  shelfOwner: string | null;
  shelfReason: string | null;
  shelvedUntil: Date | null;
}

const selectIncident = `
  select i.id as incident, incident_state(i) as state, i.condition, i.kind, i.severity, i.wheel, i.station, i.sector, reporting.chamber_name(i.wheel, i.station, i.sector) as chamber, i.layers,
         i.spans, i.hardware, i.first_run as "firstRun", i.last_run as "lastRun",
         (select g.in_run from reporting.incident_in_run g join reporting.newest_run using (run) where g.incident = i.id) as "inNewestRun", i.began, i.ended, i.opened_run as "openedRun", i.opened_at as "openedAt",
         i.healed_run as "healedRun", i.healed_at as "healedAt", i.acknowledged_by as "acknowledgedBy", i.known_bad as "knownBad",
         i.merged_into as "mergedInto", i.evidence, i.first_wire as "firstWire", i.last_wire as "lastWire",
         i.shelved_by as "shelvedBy", i.shelf_owner as "shelfOwner", i.shelf_reason as "shelfReason", case when i.shelved_until > now() then i.shelved_until end as "shelvedUntil"
  from incident i`;

function toIncident(row: IncidentRow): Incident {
  const {
    firstWire,
    lastWire,
    shelvedBy,
    shelfOwner,
    shelfReason,
    shelvedUntil,
    openedAt,
    healedAt,
    began,
    ended,
    ...rest
  } = row;
  return {
    ...rest,
    wires: firstWire === null || lastWire === null ? null : { first: firstWire, last: lastWire },
    began: { run: row.firstRun, happened: began },
    ended: row.healedRun === null || ended === null ? null : { run: row.healedRun, happened: ended },
    openedAt: openedAt.toISOString(),
    healedAt: healedAt?.toISOString() ?? null,
    // A shelf that has run out is none.
    shelf:
      shelvedBy === null || shelfOwner === null || shelfReason === null || shelvedUntil === null
        ? null
        : { by: shelvedBy, owner: shelfOwner, reason: shelfReason, until: shelvedUntil.toISOString() },
  };
}

export type Since = { run: number } | { at: string };

/** What has happened to incidents from a run on, or by runs that were stored from a moment on. */
export async function reportSince(db: Queryable, since: Since): Promise<IncidentReport> {
  const { rows } = await db.query<{ run: number }>(
    `select run from incident_run
     where ($1::integer is null or run >= $1) and ($2::timestamptz is null or at >= $2) order by run`,
    ['run' in since ? since.run : null, 'at' in since ? since.at : null],
  );
  const runs = rows.map(({ run }) => run);
  const changed = await changesIn(db, runs);
  const healed = await listIncidents(db, { states: ['healed'] });
  return morningReport({
    state: await detectorState(db),
    since: { run: 'run' in since ? since.run : null, at: 'at' in since ? since.at : null },
    runs,
    standing: await listIncidents(db),
    opened: changed(['opened', 'reopened']),
    grown: changed(['grown']),
    healed: healed.filter(({ incident }) => changed(['healed']).has(incident)),
  });
}

async function changesIn(
  db: Queryable,
  runs: readonly number[],
): Promise<(names: readonly IncidentChange[]) => Set<number>> {
  const { rows } = await db.query<{ incident: number; change: IncidentChange }>(
    'select incident, change from incident_change where run = any($1)',
    [runs],
  );
  return (names) =>
    new Set(rows.filter(({ change }) => names.includes(change)).map(({ incident }) => incident));
}

/** Draft of what to say of a run; null when it is not stored. */
export async function certificationOf(
  db: Queryable,
  run: number,
  links: CertificationDraft['links'],
): Promise<CertificationDraft | null> {
  const { rows } = await db.query<CertificationDraft['evidence']>(
    `select r.status::text, r.life = 'final' as closed, r.model, coalesce(s.scored_layers, 0) as layers, coalesce(r.bad_layers, 0) as "badLayers",
            coalesce(s.unknown_layers, 0) as "unknownLayers", d.source, d.expected, d.judged, d.failed, d.absent, d.dead, d.bad, d.unknown, d.kept
     from run r left join run_summary s using (run) cross join reporting.detector_state(r.run) d where r.run = $1`,
    [run],
  );
  const [evidence] = rows;
  if (evidence === undefined) return null;
  const incidents: Incident[] = await listIncidents(db, { run });
  return draftCertification({ run, evidence, incidents, links });
}

import { parseChamber, type Evidence } from '@dtdqm/contract';
import { hardwareOf } from '../../incidents/hardware.ts';
import { cellsIn, layersIn, wireRange } from '../../incidents/spans.ts';
import {
  flickers,
  missesIn,
  severityOf,
  wholeDetector,
  type Effects,
  type Track,
} from '../../incidents/track.ts';
import type { Queryable } from '../database.ts';

/** Forgets what runs after `run` did, so that a replay can say it anew; what stays open then is stored again by it. */
export async function forgetAfter(db: Queryable, run: number): Promise<void> {
  await db.query('delete from incident_sighting where run > $1', [run]);
  await db.query('delete from incident_change where run > $1', [run]);
  await db.query('update incident set merged_into = null, merged_run = null where merged_run > $1', [run]);
}

/** Removes incidents that were opened after `run` and that a replay did not find again. */
export async function dropIncidents(db: Queryable, after: number, keep: readonly number[]): Promise<void> {
  await db.query('delete from incident where opened_run > $1 and not id = any($2)', [after, keep]);
}

/** Stores incidents as they are now. */
export async function writeIncidents(db: Queryable, tracks: readonly Track[]): Promise<void> {
  const rows = tracks.filter(({ id }) => id !== 0).map(incidentRow);
  const names = Object.keys(rows[0] ?? {});
  if (names.length === 0) return;
  await db.query(
    `insert into incident (${names.join(', ')})
     select ${names.join(', ')} from jsonb_populate_recordset(null::incident, $1)
     on conflict (id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    [JSON.stringify(rows)],
  );
}

/** Rows in one statement. */
const slice = 5000;

/** Stores what runs and acts did to incidents, which must be stored. */
export async function writeEffects(db: Queryable, { sightings, changes, merged }: Effects): Promise<void> {
  for (let from = 0; from < sightings.length; from += slice)
    await saveSightings(db, sightings.slice(from, from + slice));
  for (let from = 0; from < changes.length; from += slice)
    await saveChanges(db, changes.slice(from, from + slice));
  await db.query(
    `update incident i set merged_into = m.into, merged_run = m.run
     from jsonb_to_recordset($1) as m(id integer, "into" integer, run integer) where i.id = m.id`,
    [JSON.stringify(merged)],
  );
}

async function saveSightings(db: Queryable, sightings: Effects['sightings']): Promise<void> {
  await db.query(
    `insert into incident_sighting (incident, run, spans, cells, lost, score, ratio)
     select incident, run, spans, cells, lost, score, ratio from jsonb_populate_recordset(null::incident_sighting, $1)
     on conflict (incident, run) do update set
       spans = excluded.spans, cells = excluded.cells, lost = excluded.lost, score = excluded.score, ratio = excluded.ratio`,
    [JSON.stringify(sightings.map(({ id, ...sighting }) => ({ ...sighting, incident: id })))],
  );
}

async function saveChanges(db: Queryable, changes: Effects['changes']): Promise<void> {
  const rows = changes.map(({ id, other, comment, ...change }) => ({
    ...change,
    incident: id,
    comment: other === undefined ? comment : `${comment} ${other}`,
  }));
  await db.query(
    `insert into incident_change (incident, run, at, change, comment)
     select incident, run, at, change, comment from jsonb_populate_recordset(null::incident_change, $1)
     on conflict (incident, run, change) do update set at = excluded.at, comment = excluded.comment`,
    [JSON.stringify(rows)],
  );
}

const nowhere = { wheel: null, station: null, sector: null };

/** An incident as its table holds it, by name of the column. */
function incidentRow(track: Track) {
  const { kind, spans, extent, lost } = track.stated;
  const wires = extent === 'whole' ? null : wireRange(spans);
  const { shelf } = track;
  return {
    id: track.id,
    ...(track.chamber === wholeDetector ? nowhere : parseChamber(track.chamber)),
    kind,
    severity: severityOf(kind, lost),
    condition: track.phase === 'healed' ? 'healed' : (track.change ?? 'open'),
    spans,
    layers: layersIn(spans),
    first_wire: wires?.first ?? null,
    last_wire: wires?.last ?? null,
    hardware: hardwareOf(spans, extent, kind),
    first_run: track.firstRun,
    last_run: track.lastRun,
    began: track.began ?? null,
    ended: track.ended ?? null,
    opened_run: track.openedRun,
    opened_at: track.openedAt,
    healed_run: track.healedRun,
    healed_at: track.healedAt,
    acknowledged_by: track.acknowledgedBy,
    shelved_by: shelf?.by ?? null,
    shelf_owner: shelf?.owner ?? null,
    shelf_reason: shelf?.reason ?? null,
    shelved_until: shelf?.until ?? null,
    known_bad: track.knownBad,
    evidence: evidenceOf(track),
  };
}

/** Of the latest sighting, whatever is told of the incident. */
function evidenceOf({
  latest: { flickers: comesAndGoes = false, ...latest },
  recent,
  sightings,
  spans,
  views,
  stated,
}: Track): Evidence {
  const { lost } = views.at(-1) ?? stated;
  return {
    ...latest,
    cells: cellsIn(spans),
    lost: Math.round(lost * 10) / 10,
    sightings,
    misses: missesIn(recent),
    flickers: flickers(recent) || comesAndGoes,
  };
}

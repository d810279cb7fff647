import { parseChamber, type Evidence } from '@dtdqm/contract';
import { hardwareOf } from '../../incidents/hardware.ts';
import { flickers, missesIn } from '../../incidents/heal.ts';
import { severityOf } from '../../incidents/severity.ts';
import { cellsIn, layersIn, wireRange } from '../../incidents/spans.ts';
import type { Track } from '../../incidents/track.ts';
import type { IncidentColumn } from './columns.ts';

/** An incident as its table holds it. */
export function incidentRow(track: Track): Record<IncidentColumn, unknown> {
  const { kind, spans, extent, lost } = track.stated;
  const wires = extent === 'whole' ? null : wireRange(spans);
  const { shelf } = track;
  return {
    id: track.id,
    ...parseChamber(track.chamber),
    kind,
    severity: severityOf(kind, lost),
    condition: track.phase === 'healed' ? 'healed' : (track.change ?? 'open'),
    spans,
    layers: layersIn(spans),
    first_wire: wires?.first ?? null,
    last_wire: wires?.last ?? null,
    hardware: hardwareOf(spans, extent),
    first_run: track.firstRun,
    last_run: track.lastRun,
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
function evidenceOf({ latest, recent, sightings, spans, views, stated }: Track): Evidence {
  const { lost } = views.at(-1) ?? stated;
  return {
    ...latest,
    cells: cellsIn(spans),
    lost: Math.round(lost * 10) / 10,
    sightings,
    misses: missesIn(recent),
    flickers: flickers(recent),
  };
}

import { parseChamber, type Evidence } from '@dtdqm/contract';
import { hardwareOf } from '../../incidents/hardware.ts';
import { flickers, missesIn } from '../../incidents/heal.ts';
import { kindOf } from '../../incidents/kind.ts';
import { severityOf } from '../../incidents/severity.ts';
import { cellsIn, layersIn, wireRange } from '../../incidents/spans.ts';
import type { Track } from '../../incidents/track.ts';
import type { IncidentColumn } from './write.ts';

/** An incident as its table holds it. */
export function incidentRow(track: Track): Record<IncidentColumn, unknown> {
  const kind = kindOf(track);
  const lost = track.losses.at(-1) ?? 0;
  const wires = track.extent === 'whole' ? null : wireRange(track.spans);
  const { shelf } = track;
  return {
    id: track.id,
    ...parseChamber(track.chamber),
    kind,
    severity: severityOf(kind, lost),
    condition: track.phase === 'healed' ? 'healed' : (track.change ?? 'open'),
    spans: track.spans,
    layers: layersIn(track.spans),
    first_wire: wires?.first ?? null,
    last_wire: wires?.last ?? null,
    hardware: hardwareOf(track.spans, track.extent),
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
    evidence: evidenceOf(track, lost),
  };
}

function evidenceOf({ latest, recent, sightings, spans }: Track, lost: number): Evidence {
  return {
    ...latest,
    cells: cellsIn(spans),
    lost: Math.round(lost * 10) / 10,
    sightings,
    misses: missesIn(recent),
    flickers: flickers(recent),
  };
}

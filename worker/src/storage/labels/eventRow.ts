import type { LabelEvent } from '@dtdqm/contract';

/** Columns of label_event, aliased `e`, as {@link toEvent} takes them. */
export const eventColumns = `
  e.id::text, e.kind::text, e.at, e.expert, e.run, e.wheel, e.station, e.sector, e.version, e.verdicts::text[],
  e.marks, e.note, e.blind, e.model, e.scores, e.queue_reason, e.seconds, e.source::text, e.undoes::text,
  e.idempotency_key, e.request_hash`;

/** Id of the event that takes `e` back. */
export const undoneByColumn = `(select u.id::text from label_event u where u.undoes = e.id) as undone_by`;

export interface EventRow {
  id: string;
  kind: LabelEvent['kind'];
  at: Date;
  expert: string;
  run: number;
  wheel: number;
  station: number;
  sector: number;
  version: number;
  verdicts: LabelEvent['verdicts'];
  marks: LabelEvent['marks'];
  note: string;
  blind: boolean;
  model: string | null;
  scores: number[] | null;
  queue_reason: string | null;
  seconds: number | null;
  source: LabelEvent['source'];
  undoes: string | null;
  undone_by?: string | null;
  idempotency_key: string;
  request_hash: string;
}

export function toEvent(row: EventRow): LabelEvent {
  const { id, kind, expert, run, wheel, station, sector, version, verdicts, marks, note, blind } = row;
  return {
    id,
    kind,
    at: row.at.toISOString(),
    by: expert,
    run,
    wheel,
    station,
    sector,
    version,
    verdicts,
    marks,
    note,
    blind,
    seen: { model: row.model, scores: row.scores },
    queueReason: row.queue_reason,
    seconds: row.seconds,
    source: row.source,
    undoes: row.undoes,
    undoneBy: row.undone_by ?? null,
  };
}

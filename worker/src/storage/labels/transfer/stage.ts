import type { Queryable } from '../../database.ts';
import type { StoredEvent } from '../formats/event.ts';
import type { OriginalLine } from '../formats/original.ts';

/** One line of an import: a layer's verdict, an event, or why it is neither. */
export interface StagedLine {
  line: number;
  layer?: OriginalLine;
  event?: StoredEvent;
  reason?: string;
}

/** A table of this transaction's own: what is imported lies there until all of it is judged. */
export async function createStage(db: Queryable): Promise<void> {
  await db.query(
    `create temporary table import_line (
       line integer not null,
       outcome text not null default 'taken',
       reason text,
       run integer, wheel smallint, station smallint, sector smallint,
       layer smallint, bad boolean,
       event jsonb, kind text, event_id text, undoes_id text, expert text, key text, target_expert text, target_key text
     ) on commit drop`,
  );
}

export async function stage(db: Queryable, lines: readonly StagedLine[]): Promise<void> {
  if (lines.length === 0) return;
  const placed = lines.map(({ layer, event }) => layer ?? event);
  await db.query(
    `insert into import_line (line, outcome, reason, run, wheel, station, sector, layer, bad, event, kind, event_id, undoes_id, expert, key)
     select line, case when reason is null then 'taken' else 'refused' end, reason, run, wheel, station, sector, layer, bad,
            event, event ->> 'kind', event ->> 'id', event ->> 'undoes', event ->> 'by', event ->> 'idempotencyKey'
     from unnest($1::integer[], $2::text[], $3::integer[], $4::smallint[], $5::smallint[], $6::smallint[], $7::smallint[],
                 $8::boolean[], $9::jsonb[])
       as s (line, reason, run, wheel, station, sector, layer, bad, event)`,
    [
      lines.map(({ line }) => line),
      lines.map(({ reason }) => reason ?? null),
      placed.map((place) => place?.run ?? null),
      placed.map((place) => place?.wheel ?? null),
      placed.map((place) => place?.station ?? null),
      placed.map((place) => place?.sector ?? null),
      lines.map(({ layer }) => layer?.layer ?? null),
      lines.map(({ layer }) => layer?.bad ?? null),
      lines.map(({ event }) => (event === undefined ? null : JSON.stringify(event))),
    ],
  );
}

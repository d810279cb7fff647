import type { Database } from '../../database.ts';
import { eventColumns, toEvent, undoneByColumn, type EventRow } from '../eventRow.ts';
import { eventHeader, formatEvent, formatJson } from '../formats/event.ts';
import { formatOriginal, originalHeader, type OriginalLine } from '../formats/original.ts';

export type LabelFormat = 'jsonl' | 'csv' | 'original';

const page = 2000;

/**
 * All labels as text, a few thousand at a time, as they stood when the export began. `jsonl` and `csv` hold every event
 * whole; `original` holds layers that labels in force call good or bad.
 */
export async function* exportLabels(db: Database, format: LabelFormat): AsyncGenerator<string> {
  const client = await db.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read read only');
    const [header, query, line] = shape(format);
    await client.query(`declare labels no scroll cursor for ${query}`);
    if (header !== null) yield `${header}\n`;
    for (;;) {
      const { rows } = await client.query<EventRow & OriginalLine>(`fetch ${page} from labels`);
      if (rows.length === 0) break;
      yield rows.map((row) => `${line(row)}\n`).join('');
    }
    await client.query('commit');
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // An export that its reader gave up leaves a transaction open: such a connection is not used again.
    client.release(failure ?? true);
  }
}

function shape(format: LabelFormat): [string | null, string, (row: EventRow & OriginalLine) => string] {
  const events = `select ${eventColumns}, ${undoneByColumn} from label_event e order by e.id`;
  const stored = (row: EventRow) => ({
    ...toEvent(row),
    idempotencyKey: row.idempotency_key,
    requestHash: row.request_hash,
  });
  if (format === 'jsonl') return [null, events, (row) => formatJson(stored(row))];
  if (format === 'csv') return [eventHeader, events, (row) => formatEvent(stored(row))];
  return [
    originalHeader,
    `select l.run, l.wheel, l.station, l.sector, v.layer, v.label = 'bad' as bad
     from current_label l cross join lateral unnest(l.verdicts) with ordinality as v(label, layer)
     where v.label in ('good', 'bad')`,
    formatOriginal,
  ];
}

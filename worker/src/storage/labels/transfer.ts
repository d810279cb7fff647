import { type Database, type Queryable, transactionOnce } from '../database.ts';
import { eventLines } from './read.ts';
import { type StoredEvent, formatJson, formatTable, parseJson, tableHeader } from './formats.ts';
import {
  type OriginalForm,
  type OriginalLine,
  UnclearFileError,
  inWords,
  originalHeader,
  originalLines,
  originalReader,
} from './originalFile.ts';
import { readRecords } from './records.ts';
import { type ChamberId, type LabelImportReport, formatChamber } from '@dtdqm/contract';
import type pg from 'pg';
import { inSinglePrecision } from './journal.ts';
import { decideEvents, decideLayers, storeEvents, storeLayers } from './importLines.ts';

export type ImportFormat = 'jsonl' | 'original';
export type ExportFormat = ImportFormat | 'csv';

/** Lines at a time: fewer ask the database more often, more hold the event loop for longer. */
const page = 500;

/**
 * All labels as text, some hundred at a time, as they stood when the export began. `jsonl` holds every event whole; `csv` is
 * a table for people, an event a line; `original` holds layers that labels in force call good or bad.
 */
export async function* exportLabels(db: Database, format: ExportFormat): AsyncGenerator<string> {
  const { header, query, toText } = shapes[format];
  const client = await db.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query(`declare labels no scroll cursor for ${query}`);
    if (header !== null) yield `${header}\n`;
    const fetch = () => client.query<{ line: string }>(`fetch ${page} from labels`);
    for (let next = fetch(); ;) {
      const { rows } = await next;
      if (rows.length === 0) break;
      // PostgreSQL reads on while these are written.
      next = fetch();
      next.catch(() => undefined);
      yield toText(rows.map(({ line }) => line));
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

interface Shape {
  header: string | null;
  /** Gives a column `line`. */
  query: string;
  toText: (lines: string[]) => string;
}

const shapes: Record<ExportFormat, Shape> = {
  jsonl: { header: null, query: eventLines, toText: formatJson },
  csv: {
    header: tableHeader,
    query: eventLines,
    toText: (lines) => formatTable(lines.map((line) => JSON.parse(line) as StoredEvent)),
  },
  original: {
    header: originalHeader,
    query: originalLines,
    toText: (lines) => `${lines.join('\n')}\n`,
  },
};

export interface ImportOptions extends OriginalForm {
  format: ImportFormat;
  /** Whose labels those of the original form are; events name their own. */
  expert: string;
  /** Store nothing at all when any line is refused. */
  strict?: boolean;
  /** Shown the first lines as they were understood, before any is stored; nothing is unless it says yes. */
  confirm?: (preview: readonly string[]) => Promise<boolean>;
}

/** Rolls the transaction back, but keeps the report. */
class NotStored extends Error {
  readonly report: LabelImportReport;

  constructor(report: LabelImportReport) {
    super('not stored');
    this.report = { ...report, stored: false };
  }
}

/** Lines at a time on their way into the database: so many hold the event loop for some 20 ms, 2,000 for 80. */
const batch = 500;

/**
 * Takes labels in, in one transaction and in memory that does not grow with the file: lines are staged in the database, then
 * judged and stored there. What is there already is not stored again, so that the same file may come any number of times.
 *
 * @returns what became of the lines; those that were not simply taken one by one (the first 1,000).
 * @throws {UnclearFileError} for a file of which nobody can tell what it says.
 */
export async function importLabels(
  db: Database,
  chunks: AsyncIterable<Buffer | string>,
  { format, expert, strict = false, confirm, ...form }: ImportOptions,
): Promise<LabelImportReport> {
  try {
    return await transactionOnce(db, async (client) => {
      await client.query(`set local statement_timeout = '10min'`);
      await createStage(client);
      const preview = await stageAll(client, chunks, format, form);
      await client.query('analyze import_line');
      if (confirm !== undefined) {
        // Whoever is asked may think for longer than a forgotten transaction may stay open.
        await client.query(`set local idle_in_transaction_session_timeout = 0`);
        if (!(await confirm(preview))) throw new NotStored({ ...(await reportOf(client)), preview });
      }
      // Versions are worked out for many chambers at once: writers wait for the second that this takes.
      await client.query('lock table label_event in share row exclusive mode');
      await (format === 'original' ? decideLayers(client, expert) : decideEvents(client));
      const report = { ...(await reportOf(client)), preview };
      if (strict && report.refused > 0) throw new NotStored(report);
      await client.query(`set local dtdqm.summarise_labels = 'together'`);
      await (format === 'original' ? storeLayers(client, expert) : storeEvents(client));
      await refreshStates(client);
      await refreshSummaries(client);
      return report;
    });
  } catch (error) {
    if (error instanceof NotStored) return error.report;
    throw error;
  }
}

/** Lines of a file that are shown before it is stored. */
const previewLines = 5;

/** @returns the first lines that were understood, in words. */
async function stageAll(
  client: pg.PoolClient,
  chunks: AsyncIterable<Buffer | string>,
  format: ImportFormat,
  form: OriginalForm,
): Promise<string[]> {
  const preview: string[] = [];
  let read: LineReader['read'] | undefined;
  let lines: StagedLine[] = [];
  for await (const record of readRecords(chunks, { quotes: format !== 'jsonl' })) {
    if ('reason' in record) lines.push(record);
    else {
      if (read === undefined) {
        // Excel's own note to itself, which says what the file is cut by: the next record shows it too.
        if (/^"?sep=.?"?$/i.test(record.text)) continue;
        const reader = readerOf(format, record.text, form);
        read = reader.read;
        if (reader.hasHeader) continue;
      }
      const { words, ...said } = read(record.text);
      lines.push({ line: record.line, ...said });
      if (words !== undefined && preview.length < previewLines) preview.push(`line ${record.line}: ${words}`);
    }
    if (lines.length < batch) continue;
    await stage(client, lines);
    lines = [];
  }
  await stage(client, lines);
  return preview;
}

interface LineReader {
  hasHeader: boolean;
  /** What a line says, and that in words unless it is refused. */
  read: (text: string) => Omit<StagedLine, 'line'> & { words?: string };
}

/** @param first record of the file. */
function readerOf(format: ImportFormat, first: string, form: OriginalForm): LineReader {
  if (format === 'jsonl') {
    if (form.flags !== undefined || form.topFirst === true)
      throw new UnclearFileError(
        'flags and topFirst are for files of the original form; jsonl says by itself what it means',
      );
    const read = (text: string) => {
      const event = parseJson(text);
      if ('reason' in event) return event;
      return {
        event,
        words: `run ${event.run} ${formatChamber(event as ChamberId)} ${event.kind} by ${event.by}`,
      };
    };
    return { hasHeader: false, read };
  }
  const { hasHeader, read } = originalReader(first, form);
  return {
    hasHeader,
    read(text) {
      const layer = read(text);
      return 'reason' in layer ? layer : { layer, words: inWords(layer) };
    },
  };
}

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
      lines.map(({ event }) => (event === undefined ? null : JSON.stringify(asStored(event)))),
    ],
  );
}

function asStored(event: StoredEvent): StoredEvent {
  const { seconds, scores } = inSinglePrecision(event);
  return { ...event, seconds, seen: { ...event.seen, scores } };
}

const mostLines = 1000;

/** What became of the staged lines. */
export async function reportOf(db: Queryable): Promise<Omit<LabelImportReport, 'preview'>> {
  const sums = await db.query<Pick<LabelImportReport, 'taken' | 'withoutRun' | 'alreadyThere' | 'refused'>>(
    `select count(*) filter (where outcome = 'taken')::integer as taken,
            count(*) filter (where outcome = 'taken' and not exists (select from run r where r.run = i.run))::integer as "withoutRun",
            count(*) filter (where outcome = 'already-there')::integer as "alreadyThere",
            count(*) filter (where outcome = 'refused')::integer as refused
     from import_line i`,
  );
  const lines = await db.query<{ line: number; outcome: 'already-there' | 'refused'; reason: string | null }>(
    `select line, outcome, reason from import_line where outcome <> 'taken'
     order by outcome = 'refused' desc, line limit $1`,
    [mostLines],
  );
  return {
    ...(sums.rows[0] ?? { taken: 0, withoutRun: 0, alreadyThere: 0, refused: 0 }),
    stored: true,
    lines: lines.rows
      .sort((a, b) => a.line - b.line)
      .map(({ line, outcome, reason }) => ({ line, outcome, ...(reason === null ? {} : { reason }) })),
  };
}

/** What triggers do for single events (migration 0075), chamber by chamber for all that were taken. */
async function refreshSummaries(db: Queryable): Promise<void> {
  const taken = `select distinct run, wheel, station, sector from import_line where outcome = 'taken'`;
  await db.query(
    `select lock_label_summary(run, false) from (select distinct run from (${taken}) as t order by run) as runs`,
  );
  await db.query(
    `delete from label_summary s using (${taken}) as t where (s.run, s.wheel, s.station, s.sector) = (t.run, t.wheel, t.station, t.sector)`,
  );
  await db.query(
    `insert into label_summary
     select n.* from (${taken}) as t
     cross join lateral (
       select * from label_summary_now n where (n.run, n.wheel, n.station, n.sector) = (t.run, t.wheel, t.station, t.sector) offset 0
     ) as n`,
  );
}

/** Moves the chambers that were taken in the queue as their labels now stand. */
export async function refreshStates(db: Queryable): Promise<void> {
  await db.query(
    `update queue q set lease_id = null, lease_by = null, lease_until = null, state = queue_state_of(q.run, q.wheel, q.station, q.sector)
     from (select distinct run, wheel, station, sector from import_line where outcome = 'taken') as i
     where q.run = i.run and q.wheel = i.wheel and q.station = i.station and q.sector = i.sector`,
  );
}

import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import {
  type ChamberOfRun,
  type LabelEvent,
  chamberOfRunSchema,
  labelEventSchema,
  labelMarkSchema,
  layersOf,
} from '@dtdqm/contract';

/** Fields of one CSV record (RFC 4180); null when its quotes do not close or stand amid text. */
export function parseCsv(record: string): string[] | null {
  try {
    const records: string[][] = parse(record, { record_delimiter: '\n' });
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch {
    return null;
  }
}

/** CSV records, each with its line end. Lists and objects stand as JSON in their field; nothing stands for null. */
export function formatCsv<Name extends string>(
  records: readonly Partial<Record<Name, unknown>>[],
  columns: readonly Name[],
): string {
  // A carriage return in a field would be taken for a line end by others.
  return stringify([...records], { columns, cast: { boolean: String }, quoted_match: /\r/ });
}

/** An event with what makes it whole: by these two, a request that is sent again after a move is still known. */
export interface StoredEvent extends LabelEvent {
  idempotencyKey: string;
  requestHash: string;
}

const storedEventSchema = labelEventSchema
  .extend({
    marks: z.array(labelMarkSchema),
    by: z.string().min(1).max(200),
    note: z.string().max(4000),
    idempotencyKey: z.string().min(1).max(200),
    requestHash: z.string().max(200),
  })
  .refine(({ kind, verdicts }) => (kind === 'label') === (verdicts !== null), {
    path: ['verdicts'],
    error: 'labels have verdicts, skips and undos have none',
  })
  .refine(({ kind, undoes }) => (kind === 'undo') === (undoes !== null), {
    path: ['undoes'],
    error: 'undos name the event that they take back, others do not',
  })
  .refine((event) => chamberOfRunSchema.safeParse(event).success, { error: 'there is no such chamber' });

const eventFields = [
  'id',
  'kind',
  'at',
  'by',
  'run',
  'wheel',
  'station',
  'sector',
  'version',
  'verdicts',
  'marks',
  'note',
  'blind',
  'model',
  'scores',
  'queueReason',
  'seconds',
  'source',
  'undoes',
  'undoneBy',
  'idempotencyKey',
  'requestHash',
] as const;

export const eventHeader = eventFields.join(',');

/** One event a line, as JSON. */
export function formatJson(events: readonly StoredEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** One event a record, in the order of {@link eventFields}. */
export function formatEvents(events: readonly StoredEvent[]): string {
  const flat = events.map(({ seen, ...event }) => ({ ...event, ...seen }));
  return formatCsv(flat, eventFields);
}

export function parseJson(record: string): StoredEvent | { reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(record);
  } catch {
    return { reason: 'is not JSON' };
  }
  return check(value);
}

export function parseEvent(record: string): StoredEvent | { reason: string } {
  const fields = parseCsv(record);
  if (fields?.length !== eventFields.length)
    return { reason: `must have the ${eventFields.length} fields of the header` };
  const flat = Object.fromEntries(eventFields.map((name, index) => [name, fields[index] ?? '']));
  try {
    const { model, scores, ...event } = Object.fromEntries(
      Object.entries(flat).map(([name, text]) => [name, readField(name, text)]),
    );
    return check({ ...event, seen: { model, scores } });
  } catch {
    return { reason: 'verdicts, marks or scores are not JSON' };
  }
}

function readField(name: string, text: string): unknown {
  if (name === 'note') return text;
  if (text === '') return null;
  if (['verdicts', 'marks', 'scores'].includes(name)) return JSON.parse(text);
  if (['run', 'wheel', 'station', 'sector', 'version', 'seconds'].includes(name)) return Number(text);
  return name === 'blind' ? text === 'true' : text;
}

function check(value: unknown): StoredEvent | { reason: string } {
  const parsed = storedEventSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  return { reason: `${path === '' ? '' : `${path}: `}${issue?.message ?? 'invalid'}`.slice(0, 300) };
}

const originalFields = ['wheel', 'station', 'sector', 'run', 'layer', 'good'] as const;

/** First line of the original tool's file of labels. */
export const originalHeader = originalFields.join(',');

/** One layer that an expert judged. */
export interface OriginalLine extends ChamberOfRun {
  layer: number;
  bad: boolean;
}

const goodValues: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['0', false],
  ['true', true],
  ['false', false],
]);
const layerSchema = z
  .string()
  .regex(/^\d{1,2}$/)
  .transform(Number);

/** Reads one line; a reason when it is refused. */
export function parseOriginal(record: string): OriginalLine | { reason: string } {
  const fields = parseCsv(record)?.map((field) => field.trim());
  if (fields?.length !== 6) return { reason: `must have the six fields ${originalHeader}` };
  const [wheel, station, sector, run, layerText, goodText] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const chamber = chamberOfRunSchema.safeParse({ wheel, station, sector, run });
  if (!chamber.success) {
    const issue = chamber.error.issues[0];
    return { reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` };
  }
  const layer = layerSchema.safeParse(layerText);
  if (!layer.success || !layersOf(chamber.data.station).includes(layer.data)) {
    return { reason: `layer: station ${chamber.data.station} has no layer "${layerText.slice(0, 20)}"` };
  }
  const good = goodValues.get(goodText.toLowerCase());
  if (good === undefined) return { reason: 'good: must be 1, 0, true or false' };
  return { ...chamber.data, layer: layer.data, bad: !good };
}

/** One layer a line. */
export function formatOriginal(lines: readonly OriginalLine[]): string {
  const records = lines.map(({ bad, ...line }) => ({ ...line, good: bad ? 0 : 1 }));
  return formatCsv(records, originalFields);
}

/** Longest record that is read, characters: a label with the longest note is far shorter. */
const longest = 100_000;

export interface TextRecord {
  /** Where the record begins, counted from 1. */
  line: number;
  /** Without the line end; null when the record is too long to be read. */
  text: string | null;
}

/**
 * Cuts a stream into records, one a line, in memory that one record bounds. In CSV a quoted field may hold line ends.
 * Empty lines and a byte order mark are left out.
 */
export async function* readRecords(
  chunks: AsyncIterable<Buffer | string>,
  { quotes }: { quotes: boolean },
): AsyncGenerator<TextRecord> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const state = { begin: 1, line: 1, record: '', long: false, inQuotes: false };
  const finish = function* (): Generator<TextRecord> {
    const text = state.record.replace(/^\uFEFF/, '').replace(/\r$/, '');
    if (state.long) yield { line: state.begin, text: null };
    else if (text !== '') yield { line: state.begin, text };
    Object.assign(state, { begin: state.line, record: '', long: false });
  };
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    let from = 0;
    while (from < text.length) {
      const end = text.indexOf('\n', from);
      const piece = end < 0 ? text.slice(from) : text.slice(from, end);
      if (quotes && countQuotes(piece) % 2 === 1) state.inQuotes = !state.inQuotes;
      if (state.record.length + piece.length > longest) Object.assign(state, { long: true, record: '' });
      else if (!state.long) state.record += piece;
      if (end < 0) break;
      from = end + 1;
      state.line += 1;
      if (state.inQuotes && !state.long) state.record += '\n';
      else {
        state.inQuotes = false;
        yield* finish();
      }
    }
  }
  state.line += 1;
  yield* finish();
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

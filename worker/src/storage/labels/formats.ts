import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import {
  type ChamberOfRun,
  type LabelEvent,
  chamberOfRunSchema,
  layersOf,
  storedLabelSchema,
} from '@dtdqm/contract';

/** Fields of one CSV record (RFC 4180), null where nothing stands, not even quotes; null for all of it when its quotes do not close or stand amid text. */
export function parseCsv(record: string): (string | null)[] | null {
  try {
    const records: (string | null)[][] = parse(record, {
      record_delimiter: '\n',
      cast: (field, { quoting }) => (field === '' && !quoting ? null : field),
    });
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch {
    return null;
  }
}

/** CSV records, each with its line end. Lists and objects stand as JSON in their field; nothing stands for null, quotes for text without a letter. */
export function formatCsv<Name extends string>(
  records: readonly Partial<Record<Name, unknown>>[],
  columns: readonly Name[],
): string {
  // A carriage return in a field would be taken for a line end by others.
  return stringify([...records], { columns, cast: { boolean: String }, quoted_match: /^$|\r/ });
}

/** An event with what makes it whole: by these two, a request that is sent again after a move is still known. */
export interface StoredEvent extends LabelEvent {
  idempotencyKey: string;
  requestHash: string;
}

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
  try {
    const { model, scores, ...event } = Object.fromEntries(
      eventFields.map((name, index) => [name, readField(name, fields[index] ?? null)]),
    );
    return check({ ...event, seen: { model, scores } });
  } catch {
    return { reason: 'verdicts, marks or scores are not JSON' };
  }
}

function readField(name: string, text: string | null): unknown {
  if (text === null || text === '') return ['note', 'requestHash'].includes(name) ? '' : text;
  if (['verdicts', 'marks', 'scores'].includes(name)) return JSON.parse(text);
  if (['version', 'seconds'].includes(name)) return Number(text);
  return name === 'blind' && ['true', 'false'].includes(text) ? text === 'true' : text;
}

/** By the rules that a request has to keep, see the contract. */
function check(value: unknown): StoredEvent | { reason: string } {
  const parsed = storedLabelSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return { reason: faults.join('; ').slice(0, 300) };
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
  const fields = parseCsv(record)?.map((field) => field?.trim() ?? '');
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
    return { reason: `layer: must be one of station ${chamber.data.station}` };
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

/** Longest record that is read, bytes: a label with the longest note is far shorter. */
const longest = 100_000;

/** One record and where it begins, counted from 1; or why it cannot be read. */
export type TextRecord = { line: number; text: string } | { line: number; reason: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Cuts a stream into records, one a line, in memory that one record bounds. In CSV a quoted field may hold line ends.
 * Empty lines and a byte order mark are left out. Bytes that are not UTF-8 spoil their record and no other.
 */
export async function* readRecords(
  chunks: AsyncIterable<Buffer | string>,
  { quotes }: { quotes: boolean },
): AsyncGenerator<TextRecord> {
  // A character a byte, so that a chunk may end anywhere: line ends and quotes are the same bytes in UTF-8 and in nothing else of it.
  const state = { begin: 1, line: 1, record: '', long: false, inQuotes: false };
  const finish = function* (): Generator<TextRecord> {
    const line = state.begin;
    if (state.long) yield { line, reason: 'is too long' };
    else yield* readText(line, state.record);
    Object.assign(state, { begin: state.line, record: '', long: false });
  };
  for await (const chunk of chunks) {
    const bytes = (typeof chunk === 'string' ? Buffer.from(chunk) : chunk).toString('latin1');
    let from = 0;
    while (from < bytes.length) {
      const end = bytes.indexOf('\n', from);
      const piece = end < 0 ? bytes.slice(from) : bytes.slice(from, end);
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

function* readText(line: number, bytes: string): Generator<TextRecord> {
  try {
    const text = utf8.decode(Buffer.from(bytes, 'latin1')).replace(/\r$/, '');
    if (text !== '') yield { line, text };
  } catch {
    yield { line, reason: 'is not UTF-8' };
  }
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

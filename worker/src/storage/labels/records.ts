import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

export type Delimiter = ',' | ';' | '\t';

/**
 * Fields of one CSV record (RFC 4180); null for all of it when its quotes do not close or stand amid text.
 *
 * @param delimiter semicolons and tabs are what sheets write where the comma is the decimal sign.
 */
export function parseCsv(record: string, delimiter: Delimiter = ','): string[] | null {
  try {
    const records: string[][] = parse(record, { record_delimiter: '\n', delimiter });
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch {
    return null;
  }
}

/** What the first record of a file is cut by: whatever gives most fields, the comma where all are alike. */
export function delimiterOf(record: string): Delimiter {
  const fields = (delimiter: Delimiter) => parseCsv(record, delimiter)?.length ?? 0;
  return ([',', ';', '\t'] as const).reduce((best, each) => (fields(each) > fields(best) ? each : best));
}

/** CSV records, each with its line end. Text that a sheet would take for a formula gets an apostrophe before it, which sheets do not show. */
export function formatCsv(records: readonly (readonly (string | number)[])[]): string {
  // A carriage return in a field would be taken for a line end by others.
  return stringify([...records], { escape_formulas: true, quoted_match: /\r/ });
}

/** Longest record that is read, bytes: a label with the longest note is far shorter. */
const longest = 100_000;

/** One record and where it begins, counted from 1; or why it cannot be read. */
export type TextRecord = { line: number; text: string } | { line: number; reason: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Cuts a stream into records, one a line, in memory that one record bounds. In CSV a quoted field may hold line ends.
 * Empty lines and a byte order mark are left out; lines end as on Linux, Windows or a Mac of old, as Excel still writes "CSV (Macintosh)". Bytes that are not UTF-8 spoil their record and no other; a whole file in UTF-16,
 * as sheets write "Unicode text", is read.
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
  let cut = '';
  for await (const chunk of inUtf8(chunks)) {
    let bytes = cut + chunk.toString('latin1');
    // Half a line end, or a whole one: the next chunk tells.
    cut = bytes.endsWith('\r') ? '\r' : '';
    if (cut !== '') bytes = bytes.slice(0, -1);
    const nextEnd = lineEnds(bytes);
    let from = 0;
    while (from < bytes.length) {
      const { end, mark } = nextEnd(from);
      const piece = end < 0 ? bytes.slice(from) : bytes.slice(from, end);
      if (quotes && countQuotes(piece) % 2 === 1) state.inQuotes = !state.inQuotes;
      if (state.record.length + piece.length > longest) Object.assign(state, { long: true, record: '' });
      else if (!state.long) state.record += piece;
      if (end < 0) break;
      from = end + mark.length;
      state.line += 1;
      if (state.inQuotes && !state.long) state.record += mark;
      else {
        state.inQuotes = false;
        yield* finish();
      }
    }
  }
  state.line += 1;
  yield* finish();
}

/** Where the next line ends in a text, asked for from left to right; -1 when it does not. */
function lineEnds(bytes: string): (from: number) => { end: number; mark: '\n' | '\r\n' | '\r' } {
  let [feed, carriage] = [-1, -1];
  return (from) => {
    // Each is looked for once: a text without any of one kind would be read anew at every line.
    if (feed < from && feed !== Infinity) feed = positionOf('\n', bytes, from);
    if (carriage < from && carriage !== Infinity) carriage = positionOf('\r', bytes, from);
    const end = Math.min(feed, carriage);
    if (end === Infinity) return { end: -1, mark: '\n' };
    return { end, mark: end === feed ? '\n' : feed === end + 1 ? '\r\n' : '\r' };
  };
}

function positionOf(mark: string, bytes: string, from: number): number {
  const at = bytes.indexOf(mark, from);
  return at < 0 ? Infinity : at;
}

function* readText(line: number, bytes: string): Generator<TextRecord> {
  try {
    const text = utf8.decode(Buffer.from(bytes, 'latin1'));
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

type Decoder = InstanceType<typeof TextDecoder>;

/** Chunks in UTF-8 whatever they were in: UTF-16 shows by its mark, or by the zeros beside the first letters. */
async function* inUtf8(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  let begin = Buffer.alloc(0);
  let decoder: Decoder | null | undefined;
  const decoded = (bytes: Buffer) => (decoder ? Buffer.from(decoder.decode(bytes, { stream: true })) : bytes);
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (decoder !== undefined) {
      yield decoded(bytes);
      continue;
    }
    begin = Buffer.concat([begin, bytes]);
    if (begin.length < 4) continue;
    decoder = decoderOf(begin);
    yield decoded(begin);
  }
  if (decoder === undefined) yield begin;
}

function decoderOf(begin: Buffer): Decoder | null {
  const [a, b, c, d] = begin;
  if ((a === 0xff && b === 0xfe) || (b === 0 && d === 0 && a !== 0)) return new TextDecoder('utf-16le');
  if ((a === 0xfe && b === 0xff) || (a === 0 && c === 0 && b !== 0)) return new TextDecoder('utf-16be');
  return null;
}

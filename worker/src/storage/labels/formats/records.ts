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

import { type LabelEvent, type LabelVerdict, storedLabelSchema } from '@dtdqm/contract';
import { formatCsv } from './records.ts';

/** An event with what makes it whole: by these two, a request that is sent again after a move is still known. */
export interface StoredEvent extends LabelEvent {
  idempotencyKey: string;
  requestHash: string;
}

/** What PostgreSQL writes otherwise than JSON.stringify: a space after a comma or colon, a number as 1e-05 or -0. */
const writtenOtherwise = /[,:] |\d[Ee][+-]\d|-0[,\]}]/;

/** One event a line, as JSON, from lines that PostgreSQL wrote. The same event is always the same line: most are that already, and are not read here. */
export function formatJson(lines: readonly string[]): string {
  let text = '';
  for (const line of lines)
    text += `${writtenOtherwise.test(line) ? JSON.stringify(JSON.parse(line)) : line}\n`;
  return text;
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

/** By the rules that a request has to keep, see the contract. */
function check(value: unknown): StoredEvent | { reason: string } {
  const parsed = storedLabelSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return { reason: faults.join('; ').slice(0, 300) };
}

/** Columns of the table for people, with what stands in a line of it. Numbers stay numbers, so that a sheet can sort them. */
const columns: Readonly<Record<string, (event: StoredEvent) => string | number>> = {
  when: ({ at }) => at,
  expert: ({ by }) => by,
  // Who counts lines of labels must not take those of minutes for those of runs.
  what: ({ kind, span }) => (span === null ? kind : `${kind} of a span`),
  'taken back': ({ undoneBy }) => (undoneBy === null ? 'no' : 'yes'),
  run: ({ run }) => run,
  wheel: ({ wheel }) => wheel,
  station: ({ station }) => station,
  sector: ({ sector }) => sector,
  'bad layers': (event) => layersCalled('bad', event),
  'layers not sure of': (event) => layersCalled('not-sure', event),
  'good layers': (event) => layersCalled('good', event),
  marks: ({ marks }) => marks.map(inWords).join('; '),
  note: ({ note }) => note,
  blind: ({ blind }) => (blind ? 'yes' : 'no'),
  'model seen': ({ seen }) => seen.model ?? '',
  'chosen because': ({ queueReason }) => queueReason ?? '',
  seconds: ({ seconds }) => seconds ?? '',
  'came by': ({ source }) => source,
  'span from': ({ span }) => span?.from?.at ?? '',
  'span to': ({ span }) => span?.to.at ?? '',
  'first lumisection': ({ span }) => span?.from?.lumisection ?? '',
  'last lumisection': ({ span }) => span?.to.lumisection ?? '',
};

export const tableHeader = formatCsv([Object.keys(columns)]).trimEnd();

/**
 * One event a line, for people and their sheets: no JSON, no keys. Nothing is lost in {@link formatJson}; this cannot be read back.
 * What experts wrote is no formula, whatever it begins with.
 */
export function formatTable(events: readonly StoredEvent[]): string {
  return formatCsv(events.map((event) => Object.values(columns).map((column) => column(event))));
}

/** Apart by spaces: a sheet takes "9-12" for a day of September, and "1,2" for a number. */
function layersCalled(wanted: LabelVerdict, { verdicts }: StoredEvent): string | number {
  const layers: number[] = [];
  verdicts?.forEach((verdict, row) => verdict === wanted && layers.push(row + 1));
  return layers.length === 1 ? layers[0]! : layers.join(' ');
}

function inWords({ kind, layers, wires }: StoredEvent['marks'][number]): string {
  const place = `layer${layers.length === 1 ? '' : 's'} ${layers.join(' ')}`;
  return `${kind ?? 'marked'}: ${place}${wires === null ? '' : `, wires ${wires.first} to ${wires.last}`}`;
}

import { z } from 'zod';
import {
  type ChamberOfRun,
  chamberOfRunSchema,
  formatChamber,
  layersOf,
  rowsPerChamber,
} from '@dtdqm/contract';
import { type Delimiter, delimiterOf, parseCsv } from './records.ts';

/**
 * The original tool's files of labels, a layer a line. Its importer reads 1 as good, its own export writes 1 for bad, without a
 * header; its page numbered layers from the top row on.
 */
export interface OriginalForm {
  /** What 1 means where no header says it. */
  flags?: 'good' | 'bad' | undefined;
  /** Layer 1 of the file is the top row of the picture, our layer 12. */
  topFirst?: boolean | undefined;
}

/** A file of which nothing may be taken: what it means is not known. One line for people. */
export class UnclearFileError extends Error {
  override readonly name = 'UnclearFileError';
}

/** One layer that an expert judged. */
export interface OriginalLine extends ChamberOfRun {
  layer: number;
  bad: boolean;
}

const places = ['wheel', 'station', 'sector', 'run', 'layer'] as const;

/** First line of a file of labels in the original's form, as we write it. */
export const originalHeader = [...places, 'good'].join(',');

/** All layers that labels in force call good or bad, each a line, a column `line`. */
export const originalLines = `
  select concat_ws(',', l.wheel, l.station, l.sector, l.run, v.layer, (v.label = 'good')::integer) as line
  from current_label l cross join lateral unnest(l.verdicts) with ordinality as v(label, layer)
  where v.label in ('good', 'bad')`;

type Reader = (record: string) => OriginalLine | { reason: string };

/**
 * Finds out from its first record how a file is to be read: by the names of its header, in any order, or without one by position and by
 * what the caller says. Commas, semicolons and tabs do.
 *
 * @throws {UnclearFileError} when the header lacks a column or says another thing than the caller, or neither says what 1 means.
 */
export function originalReader(first: string, form: OriginalForm): { hasHeader: boolean; read: Reader } {
  const delimiter = delimiterOf(first);
  const names = parseCsv(first, delimiter)?.map((name) => name.trim().toLowerCase()) ?? [];
  const hasHeader = places.filter((name) => names.includes(name)).length >= 2;
  const columns = hasHeader ? columnsOf(names, form) : columnsWithout(first, delimiter, form);
  return { hasHeader, read: (record) => readLine(parseCsv(record, delimiter), columns, form) };
}

interface Columns {
  at: Readonly<Record<(typeof places)[number], number>>;
  flag: number;
  /** What 1 means. */
  means: 'good' | 'bad';
  fields: number;
  /** What a line must have, for people. */
  rule: string;
}

function columnsOf(names: readonly string[], form: OriginalForm): Columns {
  const flags = (['good', 'bad'] as const).filter((name) => names.includes(name));
  const [means] = flags;
  const lacks: string[] = places.filter((name) => !names.includes(name));
  if (means === undefined) lacks.push('good or bad');
  if (means === undefined || lacks.length > 0)
    throw new UnclearFileError(`the header lacks ${lacks.join(', ')}`);
  const twice = [...places, means].find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) throw new UnclearFileError(`the header names ${twice} twice`);
  if (flags.length > 1)
    throw new UnclearFileError('the header names both good and bad: leave one of them out');
  if (form.flags !== undefined && form.flags !== means) {
    throw new UnclearFileError(
      `the header names ${means}, so that 1 is ${means}, and flags says that it is ${form.flags}`,
    );
  }
  const at = Object.fromEntries(places.map((name) => [name, names.indexOf(name)])) as Columns['at'];
  const rule = `the ${names.length} fields of the header`;
  return { at, flag: names.indexOf(means), means, fields: names.length, rule };
}

function columnsWithout(first: string, delimiter: Delimiter, form: OriginalForm): Columns {
  const at = { wheel: 0, station: 1, sector: 2, run: 3, layer: 4 };
  const columns = (means: 'good' | 'bad') => ({
    ...{ at, flag: 5, means, fields: 6 },
    rule: `the six fields ${places.join(',')},${means}`,
  });
  if (form.flags !== undefined) return columns(form.flags);
  const line = readLine(parseCsv(first, delimiter), columns('bad'), form);
  const example = 'reason' in line ? '.' : `: is ${inWords(line)}, or ${line.bad ? 'good' : 'bad'}?`;
  throw new UnclearFileError(
    `the file has no header that says what 1 means${example} ` +
      'Set flags to "bad" (as the original tool exports) or "good" (as it imports)',
  );
}

/** A layer and its verdict. */
export function inWords({ run, layer, bad, ...chamber }: OriginalLine): string {
  return `run ${run} ${formatChamber(chamber)} layer ${layer} ${bad ? 'bad' : 'good'}`;
}

const flagValues: ReadonlyMap<string, boolean> = new Map([
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
function readLine(
  fields: readonly string[] | null,
  { at, flag, means, fields: count, rule }: Columns,
  { topFirst = false }: OriginalForm,
): OriginalLine | { reason: string } {
  if (fields?.length !== count) return { reason: `must have ${rule}` };
  const field = (index: number) => fields[index]!.trim();
  const [wheel, station, sector, run] = [at.wheel, at.station, at.sector, at.run].map(field);
  const chamber = chamberOfRunSchema.safeParse({ wheel, station, sector, run });
  if (!chamber.success) {
    const issue = chamber.error.issues[0];
    return { reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` };
  }
  const given = layerSchema.safeParse(field(at.layer));
  const layer = given.success ? (topFirst ? rowsPerChamber + 1 - given.data : given.data) : undefined;
  if (layer === undefined || !layersOf(chamber.data.station).includes(layer)) {
    return { reason: `layer: must be one of station ${chamber.data.station}` };
  }
  const value = flagValues.get(field(flag).toLowerCase());
  if (value === undefined) return { reason: `${means}: must be 1, 0, true or false` };
  return { ...chamber.data, layer, bad: value === (means === 'bad') };
}

import type { DataFrame, Field } from '@grafana/data';
import {
  chamberConditions,
  chamberIdSchema,
  formatChamber,
  standings,
  type ChamberCondition,
  type ChamberId,
  type Standing,
} from '@dtdqm/contract';
import { column, hasColumns, numberAt, textAt, valueAt } from './chamberFrames.ts';

/**
 * What the barrel panel is told of one chamber. The words are those of the contract (contract/src/state.ts) and are not worked out
 * here; a word that is not among them says nothing.
 *
 * Frames are told apart by their columns:
 * - chambers: `wheel`, `station`, `sector`, `condition`, `standing`, one row a chamber (of several rows the last counts), as
 *   `reporting.chamber_states` has them. Optional `in_run`, `since_run`, `kind`, `run`, and any numeric columns to tint by.
 * - state, optional: `headline`, `quiet`, `doubts`, one row, as `reporting.detector_state()` has them.
 */
export interface ChamberRow {
  chamber: ChamberId;
  row: number;
  /** Null when no word of the contract stands there. */
  condition: ChamberCondition | null;
  standing: Standing | null;
  /** Whether the run shows what the standing is about. */
  inRun: boolean | null;
  sinceRun: number | null;
  kind: string | null;
  values: ReadonlyMap<string, number | null>;
}

/** The detector in one line. */
export interface StateFrame {
  headline: string;
  quiet: boolean;
  doubts: readonly string[];
}

export interface BarrelFrames {
  chambers: ReadonlyMap<string, ChamberRow>;
  /** Numeric columns that can be tinted by. */
  numeric: readonly Field[];
  run: number | null;
  /** Null when no frame tells it. */
  state: StateFrame | null;
}

const identity = ['wheel', 'station', 'sector'];
const needed = [...identity, 'condition', 'standing'];
const notForTint = [...identity, 'run', 'since_run', 'incident', 'layer', 'wire'];

/** Null when no frame tells how each chamber stands. */
export function readBarrelFrames(frames: readonly DataFrame[]): BarrelFrames | null {
  const frame = frames.find((candidate) => hasColumns(candidate, ...needed));
  if (!frame) return null;
  const numeric = frame.fields.filter(
    ({ type, name }) => (type as string) === 'number' && !notForTint.includes(name.toLowerCase()),
  );
  const field = (name: string) => column(frame, name);
  const [wheel, station, sector] = identity.map(field);
  const [condition, standing, inRun, sinceRun, kind] = [
    'condition',
    'standing',
    'in_run',
    'since_run',
    'kind',
  ].map(field);
  const chambers = new Map<string, ChamberRow>();
  for (let row = 0; row < frame.length; row += 1) {
    const text = (of: Field | null | undefined) => textAt(of ?? null, row);
    const number = (of: Field | null | undefined) => numberAt(of ?? null, row);
    const parsed = chamberIdSchema.safeParse({
      wheel: number(wheel),
      station: number(station),
      sector: number(sector),
    });
    if (!parsed.success) continue;
    chambers.set(formatChamber(parsed.data), {
      chamber: parsed.data,
      row,
      condition: wordOf(chamberConditions, text(condition)),
      standing: wordOf(standings, text(standing)),
      inRun: truth(text(inRun)),
      sinceRun: number(sinceRun),
      kind: text(kind),
      values: new Map(numeric.map((each) => [each.name, numberAt(each, row)])),
    });
  }
  return { chambers, numeric, run: numberAt(column(frame, 'run'), 0), state: readState(frames) };
}

/** Names of the columns that no frame has, for the person who builds the dashboard. */
export function missingColumns(frames: readonly DataFrame[]): string[] {
  return needed.filter((name) => !frames.some((frame) => hasColumns(frame, name)));
}

function readState(frames: readonly DataFrame[]): StateFrame | null {
  const frame = frames.find((candidate) => hasColumns(candidate, 'headline') && candidate.length > 0);
  const headline = frame ? textAt(column(frame, 'headline'), 0) : null;
  if (!frame || headline === null) return null;
  return {
    headline,
    quiet: truth(textAt(column(frame, 'quiet'), 0)) ?? false,
    doubts: textsOf(valueAt(column(frame, 'doubts'), 0)),
  };
}

function wordOf<Word extends string>(words: readonly Word[], text: string | null): Word | null {
  return words.find((word) => word === text) ?? null;
}

function truth(text: string | null): boolean | null {
  if (text === null || text === '') return null;
  return ['true', '1', 't'].includes(text);
}

/** An array, or PostgreSQL's `{one,"two, three"}`, as data sources hand on what they have no type for. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'string' || value === '') return [];
  if (!value.startsWith('{')) return [value];
  const items = value.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|[^,]+/g) ?? [];
  return items.map((item) => (item.startsWith('"') ? item.slice(1, -1).replace(/\\(.)/g, '$1') : item));
}

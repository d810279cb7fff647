import type { DataFrame, Field } from '@grafana/data';
import {
  type ChamberId,
  type LabelVerdict,
  type Verdict,
  chamberIdSchema,
  labelVerdictSchema,
  rowsPerChamber,
  verdictSchema,
} from '@dtdqm/contract';
import { type ChamberModel, chamberModel } from '../heatmap/chamberModel.ts';

/**
 * The frame contract of the chamber panel. Frames are told apart by their columns, so any data source can supply them:
 *
 * - cells: `layer`, `wire`, `hits`, one row a wire (wires without a row do not exist); optional `saliency`, `expected`, `score`,
 *   `verdict`, `fault`, `label`, and `run`, `wheel`, `station`, `sector` to say which chamber it is.
 * - comparison: as cells, in a frame whose name or refId starts with "compar".
 * - layers: `layer` with any of `score`, `verdict`, `fault`, `label`, one row a layer.
 * - history: `run`, `layer`, `score`, of more than one run.
 * - opinions: `layer`, `label`, `expert`, one row an opinion.
 */
export interface ChamberFrames {
  model: ChamberModel;
  comparison: ChamberModel | null;
  /** Score of layers 1..12 over runs, oldest first. */
  history: History | null;
  opinions: readonly Opinion[];
  /** The field of hits, for its unit, thresholds and links; `rowOf` finds the row of a cell in it. */
  hits: Field;
  rowOf: (layer: number, wire: number) => number | null;
}

export interface History {
  runs: readonly number[];
  /** By layer - 1, then by run; null where the layer was not scored. */
  scores: readonly (readonly (number | null)[])[];
}

export interface Opinion {
  expert: string;
  layer: number;
  label: LabelVerdict;
}

/** Why frames cannot be drawn, in words for the person who builds the dashboard. */
export interface FrameError {
  missing: readonly string[];
  found: readonly string[];
}

const cellColumns = ['layer', 'wire', 'hits'];

export function readChamberFrames(frames: readonly DataFrame[]): ChamberFrames | FrameError {
  const cellFrames = frames.filter((frame) => hasColumns(frame, ...cellColumns));
  const main = cellFrames.find((frame) => !isComparison(frame) && frame.length > 0);
  const hits = main ? column(main, 'hits') : null;
  if (!main || !hits) {
    const found = [...new Set(frames.flatMap(({ fields }) => fields.map(({ name }) => name)))];
    const missing = cellColumns.filter((name) => !frames.some((frame) => hasColumns(frame, name)));
    return { missing, found };
  }
  const layerFrames = frames.filter((frame) => hasColumns(frame, 'layer') && !hasColumns(frame, 'wire'));
  const histories = layerFrames.filter(
    (frame) => hasColumns(frame, 'run', 'score') && distinct(frame, 'run').length > 1,
  );
  const opinions = layerFrames.filter((frame) => hasColumns(frame, 'label', 'expert'));
  const single = layerFrames.filter((frame) => !histories.includes(frame) && !opinions.includes(frame));
  const comparison = cellFrames.find((frame) => isComparison(frame) && frame.length > 0);
  return {
    model: readCells(main, single),
    comparison: comparison ? readCells(comparison, []) : null,
    history: histories[0] ? readHistory(histories[0]) : null,
    opinions: opinions.flatMap(readOpinions),
    hits,
    rowOf: rowFinder(main),
  };
}

export function isFrameError(read: ChamberFrames | FrameError): read is FrameError {
  return 'missing' in read;
}

function isComparison({ name, refId }: DataFrame): boolean {
  return /^compar/i.test(name ?? '') || /^compar/i.test(refId ?? '');
}

function readCells(frame: DataFrame, layerFrames: readonly DataFrame[]): ChamberModel {
  const width = Math.max(1, ...distinct(frame, 'wire').filter((wire) => wire <= 1000));
  const grid = (name: string, empty: number) => {
    if (!column(frame, name)) return undefined;
    const rows = Array.from({ length: rowsPerChamber }, () => new Array<number>(width).fill(empty));
    for (const [layer = 0, wire = 0, value] of numberRows(frame, 'layer', 'wire', name)) {
      const cells = rows[layer - 1];
      if (cells && wire >= 1 && wire <= width && value !== undefined) cells[wire - 1] = value;
    }
    return rows;
  };
  const sources = [...layerFrames, frame];
  return chamberModel({
    chamber: chamberOf(frame),
    run: distinct(frame, 'run')[0] ?? null,
    hits: grid('hits', -1) ?? [],
    saliency: grid('saliency', 0),
    expected: grid('expected', 0),
    scores: perLayer(sources, 'score', numberAt),
    verdicts: perLayer(sources, 'verdict', (field, row) => asVerdict(textAt(field, row))),
    faults: perLayer(sources, 'fault', textAt),
    labels: perLayer(sources, 'label', (field, row) => asLabel(textAt(field, row))),
  });
}

/** First known value of each layer, frames of layers before the frame of cells. */
function perLayer<T>(
  frames: readonly DataFrame[],
  name: string,
  read: (field: Field | null, row: number) => T | null,
): (T | null)[] {
  const values: (T | null)[] = Array.from({ length: rowsPerChamber }, () => null);
  for (const frame of frames) {
    const field = column(frame, name);
    if (!field) continue;
    numberRows(frame, 'layer').forEach(([layer = 0], row) => {
      if (layer >= 1 && layer <= rowsPerChamber) values[layer - 1] ??= read(field, row);
    });
  }
  return values;
}

/** The chamber that a frame speaks of, when it says so and is about one only. */
function chamberOf(frame: DataFrame): ChamberId | null {
  const [wheel, station, sector] = ['wheel', 'station', 'sector'].map((name) => {
    const [value, another] = distinct(frame, name);
    return another === undefined ? value : undefined;
  });
  return chamberIdSchema.safeParse({ wheel, station, sector }).data ?? null;
}

function readHistory(frame: DataFrame): History {
  const runs = distinct(frame, 'run').sort((a, b) => a - b);
  const scores = Array.from({ length: rowsPerChamber }, () =>
    new Array<number | null>(runs.length).fill(null),
  );
  for (const [run, layer = 0, score] of numberRows(frame, 'run', 'layer', 'score')) {
    const ofLayer = scores[layer - 1];
    if (ofLayer && run !== undefined) ofLayer[runs.indexOf(run)] = score ?? null;
  }
  return { runs, scores };
}

function readOpinions(frame: DataFrame): Opinion[] {
  const [labels, experts] = [column(frame, 'label'), column(frame, 'expert')];
  return numberRows(frame, 'layer').flatMap(([layer = 0], row) => {
    const label = asLabel(textAt(labels, row));
    return label ? [{ layer, label, expert: textAt(experts, row) ?? '' }] : [];
  });
}

function rowFinder(frame: DataFrame): ChamberFrames['rowOf'] {
  const rows = new Map(numberRows(frame, 'layer', 'wire').map((cell, row) => [cell.join(' '), row]));
  return (layer, wire) => rows.get(`${layer} ${wire}`) ?? null;
}

function asVerdict(text: string | null): Verdict | null {
  return verdictSchema.safeParse(text).data ?? null;
}

/** Labels come as words or as the original tool's flags: 1 bad, 0 good. */
function asLabel(text: string | null): LabelVerdict | null {
  if (text === '1') return 'bad';
  if (text === '0') return 'good';
  return labelVerdictSchema.safeParse(text).data ?? null;
}

/** Names under which the columns of the frame contract are found, besides their own; SQL views and CSV files differ. */
const otherNames: Record<string, readonly string[]> = {
  layer: ['layer_number'],
  wire: ['cell'],
  hits: ['occupancy'],
  score: ['worst_score'],
  expert: ['by', 'labelled_by'],
  fault: ['kind', 'fault_kind'],
};

/** The field of that name, whatever its case; null when the frame has none. */
export function column(frame: DataFrame, name: string): Field | null {
  const wanted = [name, ...(otherNames[name] ?? [])];
  for (const candidate of wanted) {
    const field = frame.fields.find((each) => each.name.toLowerCase() === candidate);
    if (field) return field;
  }
  return null;
}

export function hasColumns(frame: DataFrame, ...names: string[]): boolean {
  return names.every((name) => column(frame, name) !== null);
}

/** Grafana 9 gives fields as vectors, later ones as arrays; both can be read like this. */
export function valueAt(field: Field | null, row: number): unknown {
  if (!field) return null;
  const values = field.values as unknown[] | { get: (index: number) => unknown };
  return Array.isArray(values) ? values[row] : values.get(row);
}

/** A finite number, also when a data source sends it as text; else null. */
export function numberAt(field: Field | null, row: number): number | null {
  const value = valueAt(field, row);
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function textAt(field: Field | null, row: number): string | null {
  const value = valueAt(field, row);
  return value === null || value === undefined ? null : String(value);
}

/** Numbers of some columns row by row, undefined where {@link numberAt} knows none. */
function numberRows(frame: DataFrame, ...names: string[]): (number | undefined)[][] {
  const fields = names.map((name) => column(frame, name));
  return Array.from({ length: frame.length }, (_, row) =>
    fields.map((field) => numberAt(field, row) ?? undefined),
  );
}

/** Distinct numbers of a column, in the order in which they come. */
function distinct(frame: DataFrame, name: string): number[] {
  return [...new Set(numberRows(frame, name).flatMap(([value]) => value ?? []))];
}

import {
  layersOf,
  layerNumbers,
  superlayerOfLayer,
  type ChamberSlice,
  type ChamberSlices,
  type RunChange,
  type RunMoment,
  type RunSpan,
  type SpanLabel,
  type Station,
} from '@dtdqm/contract';
import { mean, median, sum } from '@dtdqm/contract/numbers';
import { superlayerName } from '../heatmap/chamberModel.ts';

/** Furthest that a colour reaches from 1: a quarter of the hits expected, or four times as many. */
export const tintReach = 2;

/**
 * A stretch of time.
 * - `slice`: counted
 * - `gap`: nothing was had, with the reason
 * - `waiting`: counted since the newest slice, and too little to be judged
 */
export interface StripColumn {
  kind: 'slice' | 'gap' | 'waiting';
  /** ms since the epoch. */
  from: number;
  to: number;
  span: RunSpan;
  /** It began earlier, nobody knows when. */
  isOpen: boolean;
  /** Why, of a gap. */
  reason: string | null;
  slice: ChamberSlice | null;
}

export interface StripRow {
  /** Beside the row. */
  name: string;
  /** Layers that it stands for; null for a row of wires. */
  layer: number | null;
  wires: { first: number; last: number } | null;
  /** Rows of a block stand together. */
  block: string;
  /** False where the chamber has nothing. */
  exists: boolean;
}

export interface StripCell {
  /** log2 of hits over hits expected, 0 where that is as usual; null where nothing may be said by colour, as of a first slice. */
  tint: number | null;
  hits: number | null;
  ratio: number | null;
  isBad: boolean;
  /** It is not known how it was; drawn as such, whatever was counted. */
  isUnknown: boolean;
}

/** A chamber through a run, ready to be drawn: rows top first, columns oldest first. */
export interface StripModel {
  station: Station;
  /** Whose wires the rows are; null where rows are layers. */
  layer: number | null;
  rows: readonly StripRow[];
  columns: readonly StripColumn[];
  /** By row, then column; null where there is no slice or no such row. */
  cells: readonly (readonly (StripCell | null)[])[];
  changes: readonly RunChange[];
  /** What experts said of spans, of the layer whose wires are shown or of any. */
  labels: readonly SpanLabel[];
  /** All that tell when a lumisection was reached. */
  moments: readonly RunMoment[];
}

/** Layers x time. */
export function layerStrip(data: ChamberSlices, labels: readonly SpanLabel[] = []): StripModel {
  const station = data.params.station as Station;
  const built = layersOf(station);
  const rows = [...layerNumbers].reverse().map((layer): StripRow => ({
    name: String(layer),
    layer,
    wires: null,
    block: superlayerName(superlayerOfLayer(layer)),
    exists: built.includes(layer),
  }));
  return modelOf(data, labels, null, rows, ({ layer }, slice) =>
    layer === null ? null : layerCell(slice, layer, countedElsewhere(data, layer, slice)),
  );
}

/** Hits of a layer in the other slices, those before it lost any where there are such: what its ratio compares with, as `reporting.slices` does. */
function countedElsewhere({ slices, changes }: ChamberSlices, layer: number, slice: ChamberSlice): number {
  const losses = changes.filter(({ kind, layers }) => kind !== 'recovery' && layers.includes(layer));
  const since = losses.map(({ happened: { from, to } }) => (from ?? to).at).sort()[0];
  const hits = (of: readonly ChamberSlice[]) => sum(of.map(({ layerHits }) => layerHits[layer - 1] ?? 0));
  const others = slices.filter((each) => each !== slice);
  return hits(others.filter(({ to }) => since === undefined || to.at <= since)) || hits(others);
}

function layerCell(slice: ChamberSlice, layer: number, elsewhere: number): StripCell | null {
  const hits = slice.layerHits[layer - 1] ?? null;
  if (hits === null) return null;
  const verdict = slice.verdicts[layer - 1] ?? null;
  const ratio = slice.ratios[layer - 1] ?? null;
  const isBad = verdict === 'bad';
  // A ratio of 0 does not tell how many were expected; that it says something is the verdict's word.
  const expected = ratio === null ? null : ratio > 0 ? hits / ratio : isBad ? Infinity : null;
  const tint =
    expected === null
      ? null
      : expected === Infinity
        ? -tintReach
        : tintOf(hits, expected, tintReach, elsewhere);
  const isUnknown = verdict === null || verdict === 'unknown';
  return { tint: isUnknown ? null : tint, hits, ratio, isBad, isUnknown };
}

/** Hits that a row of wires should have in the usual slice for a colour to say something. */
const wantedHits = 16;
const groupSizes = [1, 2, 4, 8, 16, 24];

/**
 * Wires x time of one layer, of slices that were asked for with their wires. So many wires share a row that in the usual slice something can be
 * said of them; what a row lets expect is its share of the chamber's hits in the other slices, those in which the layer was bad left out if any remain.
 */
export function wireStrip(data: ChamberSlices, layer: number, labels: readonly SpanLabel[] = []): StripModel {
  const counted = data.slices.filter(({ wires }) => wires !== undefined);
  const width = Math.max(0, ...counted.map(({ wires = [] }) => wires.length));
  const perWire = median(counted.map(({ wires = [] }) => mean(wires.filter((hits) => hits >= 0))));
  const size = groupSizes.find((each) => each * perWire >= wantedHits) ?? 24;
  const rows: StripRow[] = [];
  for (let first = 1; first <= width; first += size) {
    const wires = { first, last: Math.min(width, first + size - 1) };
    const exists = counted.some((slice) => hitsOfWires(slice, wires) !== null);
    const name = wires.first === wires.last ? String(first) : `${first}-${wires.last}`;
    rows.unshift({ name, layer: null, wires, block: 'wires', exists });
  }
  const usable = counted.filter(({ verdicts }) => verdicts[layer - 1] !== 'bad');
  const ofLayer = labels.filter(({ verdicts }) => verdicts?.[layer - 1]);
  return modelOf(data, ofLayer, layer, rows, ({ wires }, slice) => {
    const hits = wires && hitsOfWires(slice, wires);
    if (!wires || hits === null) return null;
    const others = usable.filter((each) => each !== slice);
    const elsewhere = sum(others.map((each) => hitsOfWires(each, wires) ?? 0));
    const share = elsewhere / sum(others.map((each) => each.hits));
    const expected = others.length > 0 && share > 0 ? share * slice.hits : null;
    const tint = expected === null ? null : tintOf(hits, expected, tintReach, elsewhere);
    const isUnknown = expected === null || isTooFew(expected);
    return { tint, hits, ratio: expected === null ? null : hits / expected, isBad: false, isUnknown };
  });
}

/** Hits of a range of wires; null where none of them exists. */
function hitsOfWires({ wires = [] }: ChamberSlice, { first, last }: { first: number; last: number }) {
  const own = wires.slice(first - 1, last).filter((hits) => hits >= 0);
  return own.length > 0 ? sum(own) : null;
}

function modelOf(
  data: ChamberSlices,
  labels: readonly SpanLabel[],
  layer: number | null,
  rows: readonly StripRow[],
  cellOf: (row: StripRow, slice: ChamberSlice) => StripCell | null,
): StripModel {
  const columns = columnsOf(data);
  return {
    station: data.params.station as Station,
    layer,
    rows,
    columns,
    cells: rows.map((row) =>
      columns.map(({ slice }) => (slice !== null && row.exists ? cellOf(row, slice) : null)),
    ),
    changes: data.changes.filter(({ layers }) => layer === null || layers.includes(layer)),
    labels,
    moments: columns.flatMap(({ span: { from, to } }) => (from ? [from, to] : [to])),
  };
}

/** A slice of which the beginning is not known is drawn this long when it is the only one, ms: a lumisection. */
const lumisection = 23_300;

/** Slices, what lies between them, and what waits. */
function columnsOf({ slices, waiting }: ChamberSlices): StripColumn[] {
  const lengths = slices.flatMap(({ from, to }) => (from ? [Date.parse(to.at) - Date.parse(from.at)] : []));
  const usual = lengths.length > 0 ? median(lengths) : lumisection;
  const columns: StripColumn[] = [];
  const add = (kind: StripColumn['kind'], span: RunSpan, slice: ChamberSlice | null, gap: string | null) => {
    const before = columns.at(-1);
    const to = Date.parse(span.to.at);
    const from = span.from ? Date.parse(span.from.at) : (before?.to ?? to - usual);
    if (before && from > before.to) {
      columns.push({
        kind: 'gap',
        from: before.to,
        to: from,
        span: { from: before.span.to, to: span.from ?? span.to },
        isOpen: false,
        reason: gap ?? 'nothing was counted here',
        slice: null,
      });
    }
    columns.push({ kind, from, to, span, isOpen: !span.from && !before, reason: null, slice });
  };
  for (const slice of slices) add('slice', slice, slice, slice.gap);
  if (waiting) add('waiting', waiting, null, null);
  return columns;
}

/** ms since the epoch. */
export interface TimeRange {
  from: number;
  to: number;
}

/** What of a strip lies in a stretch of time; all of it where nothing does, as of a run of yesterday. */
export function within(model: StripModel, { from, to }: TimeRange): StripModel {
  const isShown = (begin: number, end: number) => end > from && begin < to;
  const kept = model.columns.flatMap((column, index) => (isShown(column.from, column.to) ? [index] : []));
  if (kept.length === 0 || kept.length === model.columns.length) return model;
  return {
    ...model,
    columns: kept.map((index) => model.columns[index]!),
    cells: model.cells.map((row) => kept.map((index) => row[index] ?? null)),
    changes: model.changes.filter(({ happened }) =>
      isShown(happened.from ? Date.parse(happened.from.at) : -Infinity, Date.parse(happened.to.at)),
    ),
  };
}

/** First and last of the slices that lie in a span, at least in part; null when none does. */
export function columnsIn(
  { columns }: StripModel,
  { from, to }: RunSpan,
): { first: number; last: number } | null {
  const [begin, end] = [from === null ? -Infinity : Date.parse(from.at), Date.parse(to.at)];
  const inside = columns.flatMap((column, index) =>
    column.kind === 'slice' && column.to > begin && column.from < end ? [index] : [],
  );
  const [first, last] = [inside[0], inside.at(-1)];
  return first === undefined || last === undefined ? null : { first, last };
}

/** The columns from one to another that are slices, as the span that they make; null when none is. */
export function spanOfColumns({ columns }: StripModel, first: number, last: number): RunSpan | null {
  const chosen = columns.slice(first, last + 1).filter(({ kind }) => kind === 'slice');
  const [begin, end] = [chosen[0], chosen.at(-1)];
  return begin && end ? { from: begin.span.from, to: end.span.to } : null;
}

/** What counting allows to say of hits found where others were expected: noise must not get a colour. */

/** From how many standard deviations on a count is not by chance: of 50 wires x 300 slices 40 in a run would be at 3, one is at 4. */
const certainFrom = 4;

/**
 * Standard deviations between a count and what was expected, of either sign: Anscombe's transform, good from a few hits on.
 *
 * @param elsewhere counts that the expectation follows from. In a run that has just begun they are as few as those of the slice.
 */
function deviation(hits: number, expected: number, elsewhere = Infinity): number {
  const distance = 2 * (Math.sqrt(hits + 3 / 8) - Math.sqrt(expected + 3 / 8));
  return distance / Math.sqrt(1 + expected / Math.max(1, elsewhere));
}

/** So few are expected that even no hit at all would say nothing. */
function isTooFew(expected: number): boolean {
  return deviation(0, expected) > -certainFrom;
}

/** Healthy layers differ by some 3 % beside what counting allows; a tenth is nothing to look at. */
const likeOthers = 0.1;

/**
 * log2 of hits over hits expected: 0 where it is within what counting allows or a tenth of 1. At most `reach` from 0.
 *
 * @param elsewhere counts that `expected` follows from.
 * @returns null where too few are expected for anything to be said.
 */
function tintOf(hits: number, expected: number, reach: number, elsewhere: number): number | null {
  if (isTooFew(expected)) return null;
  const ratio = hits / expected;
  if (Math.abs(deviation(hits, expected, elsewhere)) < certainFrom || Math.abs(ratio - 1) < likeOthers)
    return 0;
  return Math.min(reach, Math.max(-reach, Math.log2(Math.max(ratio, 1e-3))));
}

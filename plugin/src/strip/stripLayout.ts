import type { Box } from '../heatmap/layout.ts';
import type { StripModel } from './stripModel.ts';
import type { RunMoment } from '@dtdqm/contract';
import { clock } from './moments.ts';

/** A stretch of time on the page: ms since the epoch, and CSS pixels. */
export interface TimeAxis {
  from: number;
  to: number;
  x: number;
  width: number;
}

export interface Tick {
  x: number;
  text: string;
}

export function xOf({ from, to, x, width }: TimeAxis, at: number): number {
  return x + ((at - from) / Math.max(1, to - from)) * width;
}

function timeAt({ from, to, x, width }: TimeAxis, at: number): number {
  return from + ((at - x) / Math.max(1, width)) * (to - from);
}

const [second, minute, hour] = [1000, 60_000, 3_600_000] as const;
const timeSteps = [
  ...[1, 2, 5, 10, 20, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * hour),
];

/** Round local times along the axis, no closer than `spacing` px. */
export function timeTicks(axis: TimeAxis, spacing = 64): Tick[] {
  const least = ((axis.to - axis.from) * spacing) / Math.max(1, axis.width);
  const step = timeSteps.find((each) => each >= least) ?? 24 * hour;
  // Zones differ from UTC by whole quarters of an hour.
  const offset = new Date(axis.from).getTimezoneOffset() * minute;
  const ticks: Tick[] = [];
  const first = Math.ceil((axis.from - offset) / step) * step + offset;
  for (let at = first; at <= axis.to; at += step) {
    ticks.push({ x: xOf(axis, at), text: clock(at, step < minute) });
  }
  return ticks;
}

/**
 * Round lumisections along the axis, where moments tell when one was reached; between two of them they lie evenly. None where fewer than
 * two moments tell.
 */
export function lumisectionTicks(axis: TimeAxis, moments: readonly RunMoment[], spacing = 64): Tick[] {
  const known = moments
    .flatMap(({ at, lumisection }) => (lumisection === null ? [] : [{ at: Date.parse(at), lumisection }]))
    .sort((a, b) => a.at - b.at)
    .filter(({ lumisection }, index, all) => index === 0 || lumisection > (all[index - 1]?.lumisection ?? 0));
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last || first === last) return [];
  const pixels = xOf(axis, last.at) - xOf(axis, first.at);
  const step = roundStep((last.lumisection - first.lumisection) / Math.max(1, pixels / spacing));
  const ticks: Tick[] = [];
  for (let at = Math.ceil(first.lumisection / step) * step; at <= last.lumisection; at += step) {
    const after = known.findIndex(({ lumisection }) => lumisection >= at);
    const [b, a] = [known[after] ?? last, known[Math.max(0, after - 1)] ?? first];
    const share = b === a ? 0 : (at - a.lumisection) / (b.lumisection - a.lumisection);
    ticks.push({ x: xOf(axis, a.at + share * (b.at - a.at)), text: String(at) });
  }
  return ticks;
}

function roundStep(least: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((n) => n * decade).find((step) => step >= least) ?? 10 * decade;
}

export interface StripLayout {
  size: { width: number; height: number };
  plot: Box;
  axis: TimeAxis;
  /** Top and height of each row of the model. */
  rows: readonly { y: number; height: number }[];
  /** Left end and width of each column of the model. */
  columns: readonly { x: number; width: number }[];
  pixelRatio: number;
}

const gutter = { left: 56, right: 12, top: 16, bottom: 40 };
/** Above the signs of changes, where anything was labelled, px. */
export const labelBand = 16;

/** Places rows evenly with a space between blocks, and columns by their time: an hour is an hour wherever it lies. */
export function stripLayout(
  model: StripModel,
  { width, height, pixelRatio }: { width: number; height: number; pixelRatio: number },
): StripLayout {
  const snap = (value: number) => Math.round(value * pixelRatio) / pixelRatio;
  const top = gutter.top + (model.labels.length > 0 ? labelBand : 0);
  const plot: Box = {
    x: gutter.left,
    y: top,
    width: Math.max(1, snap(width - gutter.left - gutter.right)),
    height: Math.max(1, snap(height - top - gutter.bottom)),
  };
  const from = model.columns[0]?.from ?? 0;
  const to = Math.max(from + 1, model.columns.at(-1)?.to ?? 1);
  const axis: TimeAxis = { from, to, x: plot.x, width: plot.width };
  const blockSpace = height > 200 ? 4 : 2;
  const spaces = model.rows.filter((row, index) => index > 0 && row.block !== model.rows[index - 1]?.block);
  const pitch = Math.max(1, (plot.height - spaces.length * blockSpace) / Math.max(1, model.rows.length));
  let above = 0;
  const rows = model.rows.map((row, index) => {
    if (index > 0 && row.block !== model.rows[index - 1]?.block) above += blockSpace;
    const y = snap(plot.y + above + index * pitch);
    return { y, height: Math.max(1 / pixelRatio, snap(plot.y + above + (index + 1) * pitch) - y) };
  });
  const columns = model.columns.map((column) => {
    const x = snap(xOf(axis, column.from));
    return { x, width: Math.max(1 / pixelRatio, snap(xOf(axis, column.to)) - x) };
  });
  return { size: { width, height }, plot, axis, rows, columns, pixelRatio };
}

export interface StripPlace {
  /** Index of the row and of the column of the model. */
  row: number;
  column: number;
}

/** What lies under a point; null beside the plot. */
export function placeAt(model: StripModel, layout: StripLayout, x: number, y: number): StripPlace | null {
  const row = layout.rows.findIndex((each) => y >= each.y && y < each.y + each.height);
  const { plot } = layout;
  if (row < 0 || x < plot.x || x > plot.x + plot.width) return null;
  return { row, column: nearestColumn(model, layout, x) };
}

/** The column under `x`, or the one nearest to it. */
export function nearestColumn({ columns }: StripModel, { axis }: StripLayout, x: number): number {
  const at = timeAt(axis, x);
  const index = columns.findIndex(({ to }) => at < to);
  return index < 0 ? columns.length - 1 : index;
}

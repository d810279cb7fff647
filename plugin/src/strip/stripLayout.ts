import type { Box } from '../heatmap/layout.ts';
import type { StripModel } from './stripModel.ts';
import { timeAt, xOf, type TimeAxis } from './timeAxis.ts';

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

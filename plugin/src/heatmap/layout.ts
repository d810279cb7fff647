import { layersPerSuperlayer, superlayerOfLayer } from '@dtdqm/contract';
import { superlayerName, type ChamberModel } from './chamberModel.ts';

/** A rectangle in CSS pixels; `y` grows downwards. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface LayerRow extends Box {
  layer: number;
}

interface SuperlayerBlock extends Box {
  /** As experts write it, e.g. `SL2 θ`. */
  name: string;
}

export interface HeatmapLayout {
  size: { width: number; height: number };
  /** Where cells are: right of the layer numbers, above the wire axis. */
  plot: Box;
  /** Layer 12 first, as it is drawn on top. */
  rows: LayerRow[];
  superlayers: SuperlayerBlock[];
  /** Left edges of cells 1..width and the right edge of the last, all on device pixels. */
  edges: number[];
  pixelRatio: number;
}

export interface LayoutOptions {
  width: number;
  height: number;
  /** Device pixels per CSS pixel. */
  pixelRatio: number;
  gutter: { left: number; right: number; top: number; bottom: number };
  /** Space between superlayers, CSS pixels. */
  superlayerGap: number;
}

/**
 * Places rows and cells. Every edge lies on a device pixel, so that neighbours neither blur nor leave seams. Layers that were
 * never built keep their place: a chamber is always drawn the same way round, and its rows do not move from one to the next.
 */
export function heatmapLayout(model: ChamberModel, options: LayoutOptions): HeatmapLayout {
  const { width, height, pixelRatio, gutter, superlayerGap } = options;
  const snap = (value: number) => Math.round(value * pixelRatio) / pixelRatio;
  const plot: Box = {
    x: snap(gutter.left),
    y: snap(gutter.top),
    width: Math.max(1, snap(width - gutter.left - gutter.right)),
    height: Math.max(1, snap(height - gutter.top - gutter.bottom)),
  };
  const gaps = 2 * superlayerGap;
  const pitch = Math.max(1, (plot.height - gaps) / model.layers.length);
  const rows = [...model.layers].reverse().map(({ layer }, index): LayerRow => {
    const gapsAbove = Math.floor(index / layersPerSuperlayer) * superlayerGap;
    const top = snap(plot.y + gapsAbove + index * pitch);
    const bottom = snap(plot.y + gapsAbove + (index + 1) * pitch);
    return { layer, x: plot.x, y: top, width: plot.width, height: Math.max(1 / pixelRatio, bottom - top) };
  });
  const edges = Array.from({ length: model.width + 1 }, (_, cell) =>
    snap(plot.x + (cell * plot.width) / model.width),
  );
  return { size: { width, height }, plot, rows, superlayers: blocks(rows), edges, pixelRatio };
}

function blocks(rows: LayerRow[]): SuperlayerBlock[] {
  return ([3, 2, 1] as const).flatMap((superlayer) => {
    const own = rows.filter(({ layer }) => superlayerOfLayer(layer) === superlayer);
    const [first] = own;
    const last = own.at(-1);
    if (!first || !last) return [];
    return [{ ...first, name: superlayerName(superlayer), height: last.y + last.height - first.y }];
  });
}

export interface CellAddress {
  layer: number;
  /** 1 at the first cell of the histogram row. */
  wire: number;
}

/** The cell under a point in CSS pixels, or null between superlayers and outside. */
export function cellAt(layout: HeatmapLayout, x: number, y: number): CellAddress | null {
  const row = layout.rows.find((candidate) => y >= candidate.y && y < candidate.y + candidate.height);
  const wire = wireAt(layout, x);
  return row && wire !== null ? { layer: row.layer, wire } : null;
}

/** The wire column under `x`, or null left and right of the plot. */
export function wireAt(layout: HeatmapLayout, x: number): number | null {
  const last = layout.edges.at(-1) ?? 0;
  if (x < layout.plot.x || x >= last) return null;
  const after = layout.edges.findIndex((edge) => edge > x);
  return after > 0 ? after : null;
}

/** The wire column nearest to `x`, which may lie anywhere. */
export function nearestWire(layout: HeatmapLayout, x: number): number {
  if (x < layout.plot.x) return 1;
  return wireAt(layout, x) ?? layout.edges.length - 1;
}

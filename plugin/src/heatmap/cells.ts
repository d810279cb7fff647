import { cellKind, type ChamberModel, type LayerModel } from './chamberModel.ts';
import type { Command } from './commands.ts';
import type { HeatmapLayout, LayerRow } from './layout.ts';
import type { HeatmapStyle, Look } from './look.ts';
import { scaleMaxima, stepOn } from './scale.ts';

/** Occupancy: hatched where there is no wire, an empty frame where a wire has no hit, else a colour of the scale. */
export function hitCommands(model: ChamberModel, layout: HeatmapLayout, style: HeatmapStyle): Command[] {
  const maxima = scaleMaxima(model, style.scale);
  const steps = style.colours.length;
  return cellCommands(model, layout, style.colours, style.look, (layer, cell) =>
    stepOn(style.scale.kind, layer.hits[cell] ?? 0, maxima[layer.layer - 1] ?? 1, steps),
  );
}

/**
 * Values with a sign (saliency, or the logarithm of a ratio), on a scale symmetric about zero.
 *
 * @param values by layer - 1, then cell; null where nothing is known of the cell.
 */
export function signedCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  values: readonly (readonly (number | null)[])[],
  colours: readonly string[],
  look: Look,
): Command[] {
  const reach = signedReach(values);
  const middle = (colours.length - 1) / 2;
  return cellCommands(
    model,
    layout,
    colours,
    look,
    (layer, cell) => {
      const value = values[layer.layer - 1]?.[cell] ?? null;
      return value === null ? null : Math.round(middle + (value / reach) * middle);
    },
    false,
  );
}

/** Largest magnitude among values; 1 when all are zero or unknown. */
export function signedReach(values: readonly (readonly (number | null)[])[]): number {
  let reach = 0;
  for (const row of values) for (const value of row) reach = Math.max(reach, Math.abs(value ?? 0));
  return reach || 1;
}

type StepOf = (layer: LayerModel, cell: number) => number | null;

function cellCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  colours: readonly string[],
  look: Look,
  stepOf: StepOf,
  framesNoHit = true,
): Command[] {
  const byStep: number[][] = colours.map(() => []);
  const noHit: number[] = [];
  const noWire: number[] = [];
  const pixel = 1 / layout.pixelRatio;
  const gap = averageCell(layout) >= 9 ? pixel : 0;
  for (const row of layout.rows) {
    const layer = model.layers[row.layer - 1];
    if (!layer?.exists) continue;
    for (let cell = 0; cell < model.width; cell += 1) {
      const kind = cellKind(layer.hits[cell] ?? -1);
      const step = kind === 'no-wire' ? null : stepOf(layer, cell);
      if (kind === 'no-wire') push(noWire, layout, row, cell, 0, pixel);
      else if (step === null || (kind === 'no-hit' && framesNoHit)) push(noHit, layout, row, cell, 0, pixel);
      else push(byStep[step] ?? [], layout, row, cell, gap, pixel);
    }
  }
  const fills = byStep.flatMap((rects, step): Command[] =>
    rects.length ? [{ do: 'fill', colour: colours[step] ?? look.text, alpha: 1, rects }] : [],
  );
  const rest: Command[] = [];
  if (noWire.length) rest.push({ do: 'hatch', colour: look.noWire, spacing: 6, rects: noWire });
  if (noHit.length) {
    rest.push({ do: 'fill', colour: look.noHitFill, alpha: 1, rects: noHit });
    rest.push({ do: 'frame', colour: look.noHit, thickness: Math.max(pixel, 1), rects: noHit });
  }
  return [...fills, ...rest];
}

/** Width of a cell in CSS pixels, as far as whole device pixels allow. */
export function averageCell(layout: HeatmapLayout): number {
  return layout.plot.width / Math.max(1, layout.edges.length - 1);
}

export function push(
  rects: number[],
  layout: HeatmapLayout,
  row: LayerRow,
  cell: number,
  gap: number,
  pixel: number,
): void {
  const left = layout.edges[cell] ?? 0;
  const right = layout.edges[cell + 1] ?? left;
  rects.push(left, row.y, Math.max(pixel, right - left - gap), Math.max(pixel, row.height - pixel));
}

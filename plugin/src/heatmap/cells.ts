import { type ChamberModel, type LayerModel, cellKind } from './chamberModel.ts';
import type { DrawCommand } from './paint.ts';
import type { HeatmapLayout, LayerRow } from './layout.ts';
import { readableOn, type HeatmapStyle, type HeatmapTheme } from './style.ts';
import { scaleMaxima, colourStep } from './scale.ts';

/** Occupancy: hatched where there is no wire, an empty frame where a wire has no hit, else a colour of the scale. */
export function hitCommands(model: ChamberModel, layout: HeatmapLayout, style: HeatmapStyle): DrawCommand[] {
  const maxima = scaleMaxima(model, style.scale);
  const steps = style.colours.length;
  return [
    ...cellCommands(model, layout, style.colours, style.theme, (layer, cell) =>
      colourStep(style.scale.kind, layer.hits[cell] ?? 0, maxima[layer.layer - 1] ?? 1, steps),
    ),
    ...clippedCommands(model, layout, style, maxima),
  ];
}

/** A corner in each cell with more hits than its colour tells: the colour alone says only "as many as the scale has, or more". */
function clippedCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  { colours }: HeatmapStyle,
  maxima: readonly number[],
): DrawCommand[] {
  const rects: number[] = [];
  for (const row of layout.rows) {
    const layer = model.layers[row.layer - 1];
    if (!layer?.exists) continue;
    layer.hits.forEach((hits, cell) => {
      if (hits > (maxima[row.layer - 1] ?? 1)) pushCell(rects, layout, row, cell, 0, 1 / layout.pixelRatio);
    });
  }
  return rects.length ? [{ type: 'corner', colour: readableOn(colours.at(-1) ?? ''), rects }] : [];
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
  { signedColours, theme }: Pick<HeatmapStyle, 'signedColours' | 'theme'>,
): DrawCommand[] {
  const maximum = signedMaximum(values);
  const middle = (signedColours.length - 1) / 2;
  return cellCommands(
    model,
    layout,
    signedColours,
    theme,
    (layer, cell) => {
      const value = values[layer.layer - 1]?.[cell] ?? null;
      return value === null ? null : Math.round(middle + (value / maximum) * middle);
    },
    false,
  );
}

/** Largest magnitude among values; 1 when all are zero or unknown. */
export function signedMaximum(values: readonly (readonly (number | null)[])[]): number {
  let maximum = 0;
  for (const row of values) for (const value of row) maximum = Math.max(maximum, Math.abs(value ?? 0));
  return maximum || 1;
}

function cellCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  colours: readonly string[],
  theme: HeatmapTheme,
  stepOf: (layer: LayerModel, cell: number) => number | null,
  framesNoHit = true,
): DrawCommand[] {
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
      if (kind === 'no-wire') pushCell(noWire, layout, row, cell, 0, pixel);
      else if (step === null || (kind === 'no-hit' && framesNoHit))
        pushCell(noHit, layout, row, cell, 0, pixel);
      else pushCell(byStep[step] ?? [], layout, row, cell, gap, pixel);
    }
  }
  const fills = byStep.flatMap((rects, step): DrawCommand[] =>
    rects.length ? [{ type: 'fill', colour: colours[step] ?? theme.text, alpha: 1, rects }] : [],
  );
  const rest: DrawCommand[] = [];
  if (noWire.length) rest.push({ type: 'hatch', colour: theme.noWire, spacing: 6, rects: noWire });
  if (noHit.length) {
    rest.push({ type: 'fill', colour: theme.noHitFill, alpha: 1, rects: noHit });
    rest.push({ type: 'frame', colour: theme.noHit, thickness: Math.max(pixel, 1), rects: noHit });
  }
  return [...fills, ...rest];
}

/** Width of a cell in CSS pixels, as far as whole device pixels allow. */
export function averageCell(layout: HeatmapLayout): number {
  return layout.plot.width / Math.max(1, layout.edges.length - 1);
}

function pushCell(
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

const shades = 16;

/**
 * Saliency over the occupancy: what speaks for "bad" is tinted with the accent colour, the more the stronger. What speaks
 * against is left out, because two signs in one tint cannot be read; the view of saliency alone shows both.
 *
 * @param opacity of the strongest attribution, 0..1.
 */
export function saliencyOverlay(
  model: ChamberModel,
  layout: HeatmapLayout,
  { theme }: Pick<HeatmapStyle, 'theme'>,
  opacity: number,
): DrawCommand[] {
  const strongest = Math.max(0, ...model.layers.flatMap(({ saliency }) => saliency));
  if (strongest <= 0 || opacity <= 0) return [];
  const byShade: number[][] = Array.from({ length: shades }, () => []);
  for (const row of layout.rows) {
    const layer = model.layers[row.layer - 1];
    if (!layer?.exists) continue;
    layer.saliency.forEach((value, cell) => {
      const shade = Math.floor((value / strongest) * shades - 1e-9);
      if (shade >= 1 && (layer.hits[cell] ?? -1) >= 0) {
        pushCell(byShade[shade] ?? [], layout, row, cell, 0, 1 / layout.pixelRatio);
      }
    });
  }
  return byShade.flatMap((rects, shade): DrawCommand[] =>
    rects.length
      ? [{ type: 'fill', colour: theme.accent, alpha: (opacity * (shade + 1)) / shades, rects }]
      : [],
  );
}

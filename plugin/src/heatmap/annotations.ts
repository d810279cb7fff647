import { averageCell } from './cells.ts';
import type { ChamberModel } from './chamberModel.ts';
import type { Box, CellAddress, HeatmapLayout } from './layout.ts';
import type { DrawCommand, TextCommand } from './paint.ts';
import { colourStep, colourTicks, scaleMaxima, wireTicks, type ScaleKind } from './scale.ts';
import { readableOn, type HeatmapStyle, type HeatmapTheme } from './style.ts';

const wireLabelWidth = 34;
const tickSpacing = 56;
const digitWidth = 6.2;
const minRowHeightForText = 11;

/** Wire numbers under the plot, and a short mark above each. */
export function axisCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  { theme }: HeatmapStyle,
): DrawCommand[] {
  const bottom = layout.plot.y + layout.plot.height;
  const ticks = wireTicks(model.width, Math.max(2, Math.floor(layout.plot.width / wireLabelWidth)));
  const middle = (wire: number) => ((layout.edges[wire - 1] ?? 0) + (layout.edges[wire] ?? 0)) / 2;
  const step = (ticks[2] ?? Infinity) - (ticks[1] ?? 0);
  const isCrowded = (wire: number) => wire === 1 && (ticks[1] ?? Infinity) - 1 < step / 3;
  const numbers = ticks
    .filter((wire) => !isCrowded(wire))
    .map((wire) => ({ x: middle(wire), y: bottom + 6, text: String(wire) }));
  return [
    tickMarks(
      ticks.map((wire) => middle(wire)),
      bottom + 2,
      theme,
      layout.pixelRatio,
    ),
    text(theme, 'center', 'top', numbers),
    text(theme, 'right', 'top', [{ x: layout.plot.x - 6, y: bottom + 6, text: 'wire' }]),
  ];
}

/** Names of superlayers beside a bracket over their rows, and the reason where a superlayer was never built. */
export function superlayerCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  { theme }: HeatmapStyle,
): DrawCommand[] {
  const names = layout.superlayers.map(({ x, y, height, name }) => ({
    x: x - 28,
    y: y + height / 2,
    text: name,
    turned: height > 40,
  }));
  const brackets = layout.superlayers.flatMap(({ x, y, height }) => [x - 20, y, 1, height]);
  const missing = layout.superlayers
    .filter(({ y, height }) => {
      const rows = layout.rows.filter((row) => row.y >= y && row.y < y + height);
      return !rows.some(({ layer }) => model.layers[layer - 1]?.exists);
    })
    .map(({ x, y, width, height }) => ({
      x: x + width / 2,
      y: y + height / 2,
      text: model.chamber?.station === 4 ? 'no theta superlayer in MB4' : 'no wires',
    }));
  return [
    text(theme, 'center', 'middle', [...names, ...missing]),
    { type: 'fill', colour: theme.mutedText, alpha: 0.5, rects: brackets },
  ];
}

/** Layer numbers 1..12 at the left of their rows. */
export function layerNumberCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  { theme }: HeatmapStyle,
): DrawCommand[] {
  const numbers = layout.rows
    .filter(({ layer }) => model.layers[layer - 1]?.exists)
    .map(({ layer, x, y, height }) => ({ x: x - 5, y: y + height / 2 + 0.5, text: String(layer) }));
  return [text(theme, 'right', 'middle', numbers, theme.text)];
}

/** Hits written into their cells, in black or white by the cell's colour; nothing when any of them would not fit. */
export function valueCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  style: HeatmapStyle,
): DrawCommand[] {
  const rowHeight = Math.min(...layout.rows.map(({ height }) => height));
  const longest = Math.max(...model.layers.flatMap(({ hits }) => hits).map((hits) => String(hits).length));
  if (rowHeight < minRowHeightForText || averageCell(layout) < longest * digitWidth + 4) return [];
  const maxima = scaleMaxima(model, style.scale);
  const byColour = new Map<string, TextCommand['texts']>();
  for (const { layer, y, height } of layout.rows) {
    const row = model.layers[layer - 1];
    if (!row?.exists) continue;
    row.hits.forEach((hits, cell) => {
      if (hits < 0) return;
      const step = colourStep(style.scale.kind, hits, maxima[layer - 1] ?? 1, style.colours.length);
      const colour = hits === 0 ? style.theme.mutedText : readableOn(style.colours[step] ?? '');
      const x = ((layout.edges[cell] ?? 0) + (layout.edges[cell + 1] ?? 0)) / 2;
      const texts = byColour.get(colour) ?? [];
      if (texts.length === 0) byColour.set(colour, texts);
      texts.push({ x, y: y + height / 2 + 0.5, text: String(hits) });
    });
  }
  return [...byColour].map(([colour, texts]) => text(style.theme, 'center', 'middle', texts, colour));
}

export interface ColourBar {
  box: Box;
  colours: readonly string[];
  theme: HeatmapTheme;
  pixelRatio: number;
  /** Written at the left, e.g. `hits / wire`. */
  title: string;
  scale: { kind: ScaleKind; max: number } | { symmetric: number };
  format: (value: number) => string;
}

/** A horizontal colour bar: low end left, ticks below, title at the left. */
export function colourBarCommands(bar: ColourBar): DrawCommand[] {
  const { box, colours, theme, pixelRatio, title, scale, format } = bar;
  const snap = (value: number) => Math.round(value * pixelRatio) / pixelRatio;
  const fills = colours.map((colour, index): DrawCommand => {
    const left = snap(box.x + (index * box.width) / colours.length);
    const right = snap(box.x + ((index + 1) * box.width) / colours.length);
    return { type: 'fill', colour, alpha: 1, rects: [left, box.y, right - left, box.height] };
  });
  const ticks =
    'symmetric' in scale
      ? [-1, 0, 1].map((sign) => ({ value: sign * scale.symmetric, position: (sign + 1) / 2 }))
      : colourTicks(scale.kind, scale.max, Math.max(2, Math.floor(box.width / tickSpacing)));
  const bottom = box.y + box.height;
  const marks = ticks.map(({ position, value }) => ({ x: box.x + position * box.width, value }));
  const numbers = marks.map(({ x, value }) => ({ x, y: bottom + 4, text: format(value) }));
  return [
    ...fills,
    tickMarks(
      marks.map(({ x }) => x),
      bottom,
      theme,
      pixelRatio,
    ),
    text(theme, 'center', 'top', numbers),
    text(theme, 'right', 'middle', [{ x: box.x - 8, y: box.y + box.height / 2, text: title }]),
  ];
}

/** A patch of a colour and what it means, its left end at `x`, its middle at `y`. */
export function keyCommands(
  at: { x: number; y: number },
  colour: string,
  meaning: string,
  theme: HeatmapTheme,
): DrawCommand[] {
  return [
    { type: 'fill', colour, alpha: 1, rects: [at.x, at.y - 4, 12, 8] },
    text(theme, 'left', 'middle', [{ x: at.x + 18, y: at.y, text: meaning }]),
  ];
}

/** A range of wires, both ends included. */
export interface WireRange {
  first: number;
  last: number;
}

interface Marks {
  hovered: CellAddress | null;
  pinned: CellAddress | null;
  brushed: WireRange | null;
}

/** Outlines what the eye should go to: the cell under the pointer, the pinned one, a brushed range of wires. */
export function markCommands(
  layout: HeatmapLayout,
  { hovered, pinned, brushed }: Marks,
  theme: HeatmapTheme,
): DrawCommand[] {
  const commands: DrawCommand[] = [];
  const frame = (colour: string, thickness: number, rects: number[]) =>
    commands.push({ type: 'frame', colour, thickness, rects });
  if (brushed) {
    const left = layout.edges[brushed.first - 1] ?? 0;
    const right = layout.edges[brushed.last] ?? left;
    const rects = [left, layout.plot.y, right - left, layout.plot.height];
    commands.push({ type: 'fill', colour: theme.accent, alpha: 0.15, rects });
    frame(theme.accent, 2, rects);
  }
  if (hovered) frame(theme.text, 2, outlineOf(layout, hovered));
  if (pinned) frame(theme.accent, 3, outlineOf(layout, pinned));
  return commands;
}

function outlineOf(layout: HeatmapLayout, { layer, wire }: CellAddress): number[] {
  const row = layout.rows.find((candidate) => candidate.layer === layer);
  const left = layout.edges[wire - 1] ?? 0;
  const right = layout.edges[wire] ?? left;
  const width = Math.max(right - left, 4);
  return row ? [(left + right - width) / 2 - 1, row.y - 1, width + 2, row.height + 1] : [];
}

function tickMarks(xs: readonly number[], y: number, theme: HeatmapTheme, pixelRatio: number): DrawCommand {
  const rects = xs.flatMap((x) => [x, y, 1 / pixelRatio, 3]);
  return { type: 'fill', colour: theme.mutedText, alpha: 1, rects };
}

function text(
  theme: HeatmapTheme,
  align: TextCommand['align'],
  baseline: TextCommand['baseline'],
  texts: TextCommand['texts'],
  colour = theme.mutedText,
): DrawCommand {
  return { type: 'text', colour, font: theme.smallFont, align, baseline, texts };
}

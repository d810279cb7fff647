import type { ChamberModel } from './chamberModel.ts';
import { averageCell } from './cells.ts';
import type { Command, TextCommand } from './commands.ts';
import type { HeatmapLayout } from './layout.ts';
import type { HeatmapStyle } from './look.ts';
import { readableOn } from './palette.ts';
import { scaleMaxima, stepOn } from './scale.ts';
import { wireTicks } from './ticks.ts';

const wireLabelWidth = 34;
const digitWidth = 6.2;
const lowestRowWithText = 11;

/** Wire numbers under the plot, and a short mark above each. */
export function axisCommands(model: ChamberModel, layout: HeatmapLayout, style: HeatmapStyle): Command[] {
  const { look } = style;
  const bottom = layout.plot.y + layout.plot.height;
  const ticks = wireTicks(model.width, Math.max(2, Math.floor(layout.plot.width / wireLabelWidth)));
  const middle = (wire: number) => ((layout.edges[wire - 1] ?? 0) + (layout.edges[wire] ?? 0)) / 2;
  const step = (ticks[2] ?? Infinity) - (ticks[1] ?? 0);
  const crowded = (wire: number) => wire === 1 && (ticks[1] ?? Infinity) - 1 < step / 3;
  return [
    {
      do: 'fill',
      colour: look.mutedText,
      alpha: 1,
      rects: ticks.flatMap((wire) => [middle(wire), bottom + 2, 1 / layout.pixelRatio, 3]),
    },
    {
      do: 'text',
      colour: look.mutedText,
      font: look.smallFont,
      align: 'center',
      baseline: 'top',
      texts: ticks
        .filter((wire) => !crowded(wire))
        .map((wire) => ({ x: middle(wire), y: bottom + 6, text: String(wire) })),
    },
    {
      do: 'text',
      colour: look.mutedText,
      font: look.smallFont,
      align: 'right',
      baseline: 'top',
      texts: [{ x: layout.plot.x - 6, y: bottom + 6, text: 'wire' }],
    },
  ];
}

/** Names of superlayers beside a bracket over their rows, and the reason where a superlayer was never built. */
export function superlayerCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  style: HeatmapStyle,
): Command[] {
  const { look } = style;
  const commands: Command[] = layout.superlayers.map(({ x, y, height, name }) => ({
    do: 'text',
    colour: look.mutedText,
    font: look.smallFont,
    align: 'center',
    baseline: 'middle',
    texts: [{ x: x - 28, y: y + height / 2, text: name, turned: height > 40 }],
  }));
  commands.push({
    do: 'fill',
    colour: look.mutedText,
    alpha: 0.5,
    rects: layout.superlayers.flatMap(({ x, y, height }) => [x - 20, y, 1, height]),
  });
  for (const block of layout.superlayers) {
    const rows = layout.rows.filter(({ y }) => y >= block.y && y < block.y + block.height);
    if (rows.some(({ layer }) => model.layers[layer - 1]?.exists)) continue;
    const text = model.chamber?.station === 4 ? 'no theta superlayer in MB4' : 'no wires';
    commands.push({
      do: 'text',
      colour: look.mutedText,
      font: look.smallFont,
      align: 'center',
      baseline: 'middle',
      texts: [{ x: block.x + block.width / 2, y: block.y + block.height / 2, text }],
    });
  }
  return commands;
}

/** Layer numbers 1..12 at the left of their rows. */
export function layerNumberCommands(
  model: ChamberModel,
  layout: HeatmapLayout,
  style: HeatmapStyle,
): Command[] {
  const shown = layout.rows.filter(({ layer }) => model.layers[layer - 1]?.exists);
  return [
    {
      do: 'text',
      colour: style.look.text,
      font: style.look.smallFont,
      align: 'right',
      baseline: 'middle',
      texts: shown.map(({ layer, x, y, height }) => ({
        x: x - 5,
        y: y + height / 2 + 0.5,
        text: String(layer),
      })),
    },
  ];
}

/** Hits written into their cells, in black or white by the cell's colour; nothing when any of them would not fit. */
export function valueCommands(model: ChamberModel, layout: HeatmapLayout, style: HeatmapStyle): Command[] {
  const rowHeight = Math.min(...layout.rows.map(({ height }) => height));
  const longest = Math.max(...model.layers.flatMap(({ hits }) => hits).map((hits) => String(hits).length));
  if (rowHeight < lowestRowWithText || averageCell(layout) < longest * digitWidth + 4) return [];
  const maxima = scaleMaxima(model, style.scale);
  const byColour = new Map<string, TextCommand['texts']>();
  for (const { layer, y, height } of layout.rows) {
    const row = model.layers[layer - 1];
    if (!row?.exists) continue;
    row.hits.forEach((hits, cell) => {
      if (hits < 0) return;
      const step = stepOn(style.scale.kind, hits, maxima[layer - 1] ?? 1, style.colours.length);
      const colour = hits === 0 ? style.look.mutedText : readableOn(style.colours[step] ?? '');
      const x = ((layout.edges[cell] ?? 0) + (layout.edges[cell + 1] ?? 0)) / 2;
      const texts = byColour.get(colour) ?? [];
      if (texts.length === 0) byColour.set(colour, texts);
      texts.push({ x, y: y + height / 2 + 0.5, text: String(hits) });
    });
  }
  return [...byColour].map(([colour, texts]) => ({
    do: 'text',
    colour,
    font: style.look.smallFont,
    align: 'center',
    baseline: 'middle',
    texts,
  }));
}

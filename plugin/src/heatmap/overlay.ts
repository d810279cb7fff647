import type { ChamberModel } from './chamberModel.ts';
import { push } from './cells.ts';
import type { Command } from './commands.ts';
import type { CellAddress, HeatmapLayout } from './layout.ts';

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
  accent: string,
  opacity: number,
): Command[] {
  const strongest = Math.max(0, ...model.layers.flatMap(({ saliency }) => saliency));
  if (strongest <= 0 || opacity <= 0) return [];
  const byShade: number[][] = Array.from({ length: shades }, () => []);
  for (const row of layout.rows) {
    const layer = model.layers[row.layer - 1];
    if (!layer?.exists) continue;
    layer.saliency.forEach((value, cell) => {
      const shade = Math.floor((value / strongest) * shades - 1e-9);
      if (shade >= 1 && (layer.hits[cell] ?? -1) >= 0) {
        push(byShade[shade] ?? [], layout, row, cell, 0, 1 / layout.pixelRatio);
      }
    });
  }
  return byShade.flatMap((rects, shade): Command[] =>
    rects.length ? [{ do: 'fill', colour: accent, alpha: (opacity * (shade + 1)) / shades, rects }] : [],
  );
}

/** A range of wires in some layers, both ends included. */
export interface WireRange {
  first: number;
  last: number;
}

/** Outlines what the eye should go to: the cell under the pointer, the pinned one, a brushed range of wires. */
export function markCommands(
  layout: HeatmapLayout,
  marks: {
    hovered?: CellAddress | null | undefined;
    pinned?: CellAddress | null | undefined;
    brushed?: WireRange | null | undefined;
  },
  colours: { text: string; accent: string },
): Command[] {
  const commands: Command[] = [];
  if (marks.brushed) {
    const { first, last } = marks.brushed;
    const left = layout.edges[first - 1] ?? 0;
    const right = layout.edges[last] ?? left;
    const rects = [left, layout.plot.y, right - left, layout.plot.height];
    commands.push({ do: 'fill', colour: colours.accent, alpha: 0.15, rects });
    commands.push({ do: 'frame', colour: colours.accent, thickness: 2, rects });
  }
  if (marks.hovered) {
    commands.push({
      do: 'frame',
      colour: colours.text,
      thickness: 2,
      rects: cellRect(layout, marks.hovered),
    });
  }
  if (marks.pinned) {
    commands.push({
      do: 'frame',
      colour: colours.accent,
      thickness: 3,
      rects: cellRect(layout, marks.pinned),
    });
  }
  return commands;
}

function cellRect(layout: HeatmapLayout, { layer, wire }: CellAddress): number[] {
  const row = layout.rows.find((candidate) => candidate.layer === layer);
  const left = layout.edges[wire - 1] ?? 0;
  const right = layout.edges[wire] ?? left;
  const width = Math.max(right - left, 4);
  return row ? [(left + right - width) / 2 - 1, row.y - 1, width + 2, row.height + 1] : [];
}

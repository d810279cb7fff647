import type { RunChange } from '@dtdqm/contract';
import type { DrawCommand, TextCommand } from '../heatmap/paint.ts';
import { colourBarCommands } from '../heatmap/annotations.ts';
import type { HeatmapStyle, HeatmapTheme } from '../heatmap/style.ts';
import {
  labelBand,
  stripLayout,
  type StripLayout,
  type StripPlace,
  lumisectionTicks,
  timeTicks,
  xOf,
  type Tick,
} from './stripLayout.ts';
import { columnsIn, tintReach, type StripColumn, type StripModel } from './stripModel.ts';
import { changeGlyphs, verdictsInWords } from './words.ts';

type StripStyle = Pick<HeatmapStyle, 'signedColours' | 'theme'>;

export interface StripDrawing {
  layout: StripLayout;
  /** Everything but what follows pointer and keys. */
  commands: readonly DrawCommand[];
}

/** How things without a verdict are hatched: nothing had is wide, too little is narrow. */
const hatching: Record<'gap' | 'waiting' | 'unknown', number> = { gap: 10, waiting: 5, unknown: 5 };
const columnWords: Partial<Record<StripColumn['kind'], string>> = { gap: 'gap', waiting: 'waiting' };

/** The whole picture of a strip as commands. */
export function drawStrip(
  model: StripModel,
  style: StripStyle,
  size: { width: number; height: number; pixelRatio: number },
): StripDrawing {
  const layout = stripLayout(model, size);
  return {
    layout,
    commands: [
      ...cellCommands(model, layout, style),
      ...columnCommands(model, layout, style.theme),
      ...rowCommands(model, layout, style.theme),
      ...changeCommands(model, layout, style.theme),
      ...labelCommands(model, layout, style.theme),
      ...axisCommands(model, layout, style),
    ],
  };
}

/** Cells of slices: a colour where something may be said by it, hatched where it is not known, the sign of a verdict on top. */
function cellCommands(model: StripModel, layout: StripLayout, style: StripStyle): DrawCommand[] {
  const { signedColours, theme } = style;
  const byColour: number[][] = signedColours.map(() => []);
  const [unknown, plain, marks]: [number[], number[], number[]] = [[], [], []];
  const signs: TextCommand['texts'] = [];
  const middle = (signedColours.length - 1) / 2;
  model.cells.forEach((cells, row) => {
    const { y, height } = layout.rows[row] ?? { y: 0, height: 0 };
    cells.forEach((cell, index) => {
      const column = layout.columns[index];
      if (cell === null || !column) return;
      const gap = column.width >= 6 ? 1 / layout.pixelRatio : 0;
      const rect = [column.x, y, column.width - gap, height - (height >= 6 ? 1 : 0)];
      if (cell.isUnknown) unknown.push(...rect);
      else if (cell.tint === null) plain.push(...rect);
      else byColour[Math.round(middle + (cell.tint / tintReach) * middle)]?.push(...rect);
      if (!cell.isBad) return;
      if (column.width >= 12 && height >= 11)
        signs.push({ x: column.x + column.width / 2, y: y + height / 2 + 0.5, text: '▲' });
      else marks.push(...rect);
    });
  });
  const fills = byColour.flatMap((rects, step): DrawCommand[] =>
    rects.length ? [{ type: 'fill', colour: signedColours[step] ?? theme.text, alpha: 1, rects }] : [],
  );
  return [
    ...fills,
    { type: 'frame', colour: theme.noHit, thickness: 1, rects: plain },
    { type: 'hatch', colour: theme.noWire, spacing: hatching.unknown, rects: unknown },
    { type: 'corner', colour: theme.text, rects: marks },
    text(theme, 'center', 'middle', signs, theme.text),
  ];
}

/** Gaps and what waits, from top to bottom, with their word where it fits. */
function columnCommands(model: StripModel, layout: StripLayout, theme: HeatmapTheme): DrawCommand[] {
  const { plot, columns } = layout;
  const words: TextCommand['texts'] = [];
  const hatched = { gap: [] as number[], waiting: [] as number[] };
  model.columns.forEach(({ kind, isOpen }, index) => {
    const column = columns[index];
    if (!column) return;
    if (isOpen) words.push({ x: column.x + 2, y: plot.y - 3, text: '…' });
    if (kind === 'slice') return;
    hatched[kind].push(column.x, plot.y, column.width, plot.height);
    if (column.width < 12) return;
    const [x, y] = [column.x + column.width / 2, plot.y + plot.height / 2];
    words.push({ x, y, text: columnWords[kind] ?? '', turned: column.width < 52 });
  });
  return [
    { type: 'hatch', colour: theme.noWire, spacing: hatching.gap, rects: hatched.gap },
    { type: 'hatch', colour: theme.noWire, spacing: hatching.waiting, rects: hatched.waiting },
    text(theme, 'center', 'middle', words, theme.text),
  ];
}

/** Names of rows at the left, as many as fit, and of blocks beside them; what was never built is said in its place. */
function rowCommands(model: StripModel, layout: StripLayout, theme: HeatmapTheme): DrawCommand[] {
  const names: TextCommand['texts'] = [];
  const blocks: TextCommand['texts'] = [];
  const missing: TextCommand['texts'] = [];
  const { plot } = layout;
  const pitch = layout.rows[0]?.height ?? 1;
  const every = Math.max(1, Math.ceil(11 / Math.max(1, pitch)));
  model.rows.forEach((row, index) => {
    const place = layout.rows[index];
    if (!place) return;
    const fromBottom = model.rows.length - 1 - index;
    if (row.exists && fromBottom % every === 0)
      names.push({ x: plot.x - 5, y: place.y + place.height / 2 + 0.5, text: row.name });
    if (row.block === model.rows[index - 1]?.block) return;
    const own = model.rows.filter(({ block }) => block === row.block);
    const last = layout.rows[index + own.length - 1] ?? place;
    const y = (place.y + last.y + last.height) / 2;
    blocks.push({ x: 10, y, text: row.block, turned: true });
    if (own.every(({ exists }) => !exists))
      missing.push({ x: plot.x + plot.width / 2, y, text: 'no theta superlayer in MB4' });
  });
  return [
    text(theme, 'right', 'middle', names, theme.text),
    text(theme, 'center', 'middle', [...blocks, ...missing]),
  ];
}

/** Where something changed: an outline of the layers over the time within which it happened, and its sign above. */
function changeCommands(model: StripModel, layout: StripLayout, theme: HeatmapTheme): DrawCommand[] {
  const signs: TextCommand['texts'] = [];
  const outlines: number[] = [];
  for (const change of model.changes) {
    const { happened, kind } = change;
    const { axis, plot } = layout;
    const end = xOf(axis, Date.parse(happened.to.at));
    const begin = happened.from ? xOf(axis, Date.parse(happened.from.at)) : plot.x;
    const width = Math.max(3, end - begin);
    const x = Math.min(plot.x + plot.width - width, Math.max(plot.x, (begin + end - width) / 2));
    signs.push({ x: x + width / 2, y: plot.y - 3, text: changeGlyphs[kind] });
    for (const { top, bottom } of rangesOf(model, layout, change))
      outlines.push(x - 1, top - 1, width + 2, bottom - top + 1);
  }
  return [
    { type: 'frame', colour: theme.accent, thickness: 2, rects: outlines },
    text(theme, 'center', 'bottom', signs, theme.accent),
  ];
}

/** What experts said of spans: a line over each, with their word where it fits, and an outline of the layers that they call bad. */
function labelCommands(model: StripModel, layout: StripLayout, theme: HeatmapTheme): DrawCommand[] {
  const [lines, outlines]: [number[], number[]] = [[], []];
  const words: TextCommand['texts'] = [];
  for (const { span, verdicts, by } of model.labels) {
    const columns = columnsIn(model, span);
    const [begin, end] = [layout.columns[columns?.first ?? -1], layout.columns[columns?.last ?? -1]];
    if (!begin || !end) continue;
    const [x, width] = [begin.x, end.x + end.width - begin.x];
    lines.push(x, labelBand - 3, Math.max(2, width - 1), 2);
    const full = `${verdictsInWords(verdicts ?? [])} (${by})`;
    const fits = [full, full.split(';')[0] ?? '', 'label'].find((each) => each.length * 6.5 < width);
    if (fits) words.push({ x: x + width / 2, y: labelBand - 4, text: fits });
    const bad = (verdicts ?? []).flatMap((verdict, row) => (verdict === 'bad' ? [row + 1] : []));
    const layers = bad.filter((layer) => model.layer === null || layer === model.layer);
    if (layers.length === 0) continue;
    for (const { top, bottom } of rangesOf(model, layout, { layers, wires: null }))
      outlines.push(x, top, width, bottom - top - 1);
  }
  return [
    { type: 'fill', colour: theme.text, alpha: 1, rects: lines },
    { type: 'frame', colour: theme.text, thickness: 1, rects: outlines },
    text(theme, 'center', 'bottom', words, theme.text),
  ];
}

/** From where to where the rows reach that a change is about, neighbours as one. */
function rangesOf(
  model: StripModel,
  layout: StripLayout,
  { layers, wires }: Pick<RunChange, 'layers' | 'wires'>,
): { top: number; bottom: number }[] {
  const ranges: { top: number; bottom: number }[] = [];
  let isOpen = false;
  for (const [index, row] of model.rows.entries()) {
    const place = layout.rows[index];
    const isMeant = row.wires
      ? !wires || (row.wires.first <= wires.last && row.wires.last >= wires.first)
      : row.layer !== null && layers.includes(row.layer);
    const last = ranges.at(-1);
    if (!isMeant || !place) isOpen = false;
    else if (isOpen && last) last.bottom = place.y + place.height;
    else {
      ranges.push({ top: place.y, bottom: place.y + place.height });
      isOpen = true;
    }
  }
  return ranges;
}

/** Local time and lumisections below the plot, and what the colours mean. */
function axisCommands(
  model: StripModel,
  layout: StripLayout,
  { signedColours, theme }: StripStyle,
): DrawCommand[] {
  const { plot, axis, pixelRatio } = layout;
  const bottom = plot.y + plot.height;
  const barWidth = Math.min(130, plot.width / 4);
  const sections = lumisectionTicks(axis, model.moments);
  const line = (ticks: readonly Tick[], y: number) =>
    ticks
      .filter(({ x }) => x > plot.x + 12 && x < plot.x + plot.width - 12)
      .map(({ x, text: shown }) => ({ x, y, text: shown }));
  const times = timeTicks(axis);
  const marks = times.flatMap(({ x }) => [x, bottom + 1, 1 / pixelRatio, 3]);
  const bar = { x: plot.x + plot.width - barWidth, y: layout.size.height - 8, width: barWidth, height: 5 };
  const free = bar.x - 150;
  return [
    { type: 'fill', colour: theme.mutedText, alpha: 1, rects: marks },
    text(theme, 'center', 'top', line(times, bottom + 5)),
    text(theme, 'right', 'top', [{ x: plot.x - 5, y: bottom + 5, text: 'local' }]),
    text(
      theme,
      'center',
      'top',
      line(
        sections.filter(({ x }) => x < free),
        bottom + 19,
      ),
    ),
    text(theme, 'right', 'top', sections.length ? [{ x: plot.x - 5, y: bottom + 19, text: 'LS' }] : []),
    ...colourBarCommands({
      box: bar,
      colours: signedColours,
      theme,
      pixelRatio,
      title: 'hits / expected',
      // Its numbers would be cut off; they stand above it.
      scale: { symmetric: tintReach },
      format: () => '',
    }),
    text(
      theme,
      'center',
      'bottom',
      [-1, 0, 1].map((sign) => ({
        x: bar.x + ((sign + 1) / 2) * (barWidth - 12) + 6,
        y: bar.y - 3,
        text: ['≤ ¼', '1', '≥ 4'][sign + 1] ?? '',
      })),
    ),
  ];
}

/** Outlines the place under pointer or keys, and the span that is chosen. */
export function stripMarks(
  layout: StripLayout,
  { hovered, chosen }: { hovered: StripPlace | null; chosen: { first: number; last: number } | null },
  theme: HeatmapTheme,
): DrawCommand[] {
  const commands: DrawCommand[] = [];
  const [begin, end] = [layout.columns[chosen?.first ?? -1], layout.columns[chosen?.last ?? -1]];
  if (begin && end) {
    const rects = [begin.x, layout.plot.y, end.x + end.width - begin.x, layout.plot.height];
    commands.push({ type: 'fill', colour: theme.text, alpha: 0.12, rects });
    commands.push({ type: 'frame', colour: theme.text, thickness: 2, rects });
  }
  const [row, column] = [layout.rows[hovered?.row ?? -1], layout.columns[hovered?.column ?? -1]];
  if (row && column) {
    const width = Math.max(4, column.width);
    const rects = [column.x + (column.width - width) / 2, row.y - 1, width, row.height + 1];
    commands.push({ type: 'frame', colour: theme.text, thickness: 2, rects });
  }
  return commands;
}

function text(
  theme: HeatmapTheme,
  align: TextCommand['align'],
  baseline: TextCommand['baseline'],
  texts: TextCommand['texts'],
  colour = theme.mutedText,
): TextCommand {
  return { type: 'text', colour, font: theme.smallFont, align, baseline, texts };
}

import {
  axisCommands,
  colourBarCommands,
  keyCommands,
  layerNumberCommands,
  superlayerCommands,
  valueCommands,
  type ColourBar,
} from './annotations.ts';
import { hitCommands, saliencyOverlay, signedCommands, signedMaximum } from './cells.ts';
import { ratioToComparison, type ChamberModel } from './chamberModel.ts';
import { heatmapLayout, type HeatmapLayout } from './layout.ts';
import type { DrawCommand } from './paint.ts';
import { aboveScale, scaleMaxima } from './scale.ts';
import { readableOn, type HeatmapStyle } from './style.ts';

/** What the cells of one picture show. */
export type Content = 'hits' | 'hits-and-saliency' | 'saliency' | 'ratio' | 'comparison';

export interface Drawing {
  layout: HeatmapLayout;
  /** Everything but what follows the pointer. */
  commands: readonly DrawCommand[];
}

export interface DrawingOptions {
  content: Content;
  width: number;
  height: number;
  pixelRatio: number;
  style: HeatmapStyle;
  /** Of the strongest attribution, 0..1. */
  saliencyOpacity: number;
  showValues: boolean;
  format: (hits: number) => string;
}

const leftForNames = 44;
const bottomForAxisAndBar = 50;
const barFromBottom = 22;

/** Where the rows and cells of a picture lie; a table beside it aligns its rows with them. */
export function pictureLayout(
  model: ChamberModel,
  { width, height, pixelRatio }: Pick<DrawingOptions, 'width' | 'height' | 'pixelRatio'>,
): HeatmapLayout {
  return heatmapLayout(model, {
    width,
    height,
    pixelRatio,
    gutter: { left: leftForNames, right: 4, top: 2, bottom: bottomForAxisAndBar },
    superlayerGap: Math.min(10, Math.max(4, height / 50)),
  });
}

/** The whole picture of a chamber as commands: cells, what is written on and around them, and the colour bar. */
export function drawChamber(
  model: ChamberModel,
  comparison: ChamberModel | null,
  options: DrawingOptions,
): Drawing {
  const { content, style } = options;
  const layout = pictureLayout(model, options);
  const shown = content === 'comparison' && comparison ? comparison : model;
  const signed = signedValues(shown, comparison, content);
  return {
    layout,
    commands: [
      ...(signed ? signedCommands(shown, layout, signed, style) : hits(shown, layout, options)),
      ...superlayerCommands(model, layout, style),
      ...layerNumberCommands(model, layout, style),
      ...axisCommands(model, layout, style),
      ...colourBar(shown, comparison, signed, layout, options),
    ],
  };
}

type SignedValues = readonly (readonly (number | null)[])[];

function signedValues(
  model: ChamberModel,
  comparison: ChamberModel | null,
  content: Content,
): SignedValues | null {
  if (content === 'saliency') {
    return model.layers.map(({ saliency, hits }) => hits.map((_, cell) => saliency[cell] ?? null));
  }
  return content === 'ratio' && comparison ? ratioToComparison(model, comparison) : null;
}

function hits(model: ChamberModel, layout: HeatmapLayout, options: DrawingOptions): DrawCommand[] {
  const { content, style, saliencyOpacity, showValues } = options;
  return [
    ...hitCommands(model, layout, style),
    ...(content === 'hits-and-saliency' ? saliencyOverlay(model, layout, style, saliencyOpacity) : []),
    ...(showValues ? valueCommands(model, layout, style) : []),
  ];
}

function colourBar(
  model: ChamberModel,
  comparison: ChamberModel | null,
  signed: SignedValues | null,
  layout: HeatmapLayout,
  { style, height, pixelRatio, content, format }: DrawingOptions,
): DrawCommand[] {
  const { theme, colours, signedColours, scale } = style;
  const maxima = scaleMaxima(model, scale);
  const above = aboveScale(model, maxima);
  const isOver = !signed && above.wires > 0;
  // Room at the left for what is written there.
  const forSaliency = content === 'hits-and-saliency' ? 150 : 0;
  const forTitle = (scale.reach === 'layer' ? 140 : 90) + (isOver ? 120 : 0);
  const width = Math.min(360, layout.plot.width - forTitle - forSaliency);
  if (width < 60) return [];
  const box = {
    x: layout.plot.x + layout.plot.width - width - 12,
    y: height - barFromBottom,
    width,
    height: 6,
  };
  const bar = (rest: Pick<ColourBar, 'colours' | 'title' | 'scale' | 'format'>) =>
    colourBarCommands({ box, theme, pixelRatio, ...rest });
  if (signed) {
    return bar({
      colours: signedColours,
      title: content === 'ratio' ? `log₂ of ratio to run ${comparison?.run ?? '?'}` : 'for good · for bad',
      scale: { symmetric: signedMaximum(signed) },
      format: (value) => value.toPrecision(2),
    });
  }
  const saliencyKey =
    forSaliency > 0
      ? keyCommands({ x: layout.plot.x, y: box.y + 3 }, theme.accent, 'speaks for bad', theme)
      : [];
  // Behind the end of the bar, a cell as those are drawn that have more.
  const top = colours.at(-1) ?? theme.text;
  const rects = [box.x + width + 3, box.y - 1, 9, 8];
  const overKey: DrawCommand[] = isOver
    ? [
        { type: 'fill', colour: top, alpha: 1, rects },
        { type: 'corner', colour: readableOn(top), rects },
      ]
    : [];
  const titled = (title: string) =>
    isOver ? `${title}, ${above.wires} above (up to ${format(above.greatest)})` : title;
  // Each layer has its own end of the scale here, so the bar can only tell shares of it.
  const ofBar =
    scale.reach === 'layer'
      ? {
          title: titled('% of layer’s maximum'),
          scale: { kind: 'linear' as const, max: 100 },
          format: String,
        }
      : { title: titled('hits / wire'), scale: { kind: scale.kind, max: Math.max(...maxima) }, format };
  return [...saliencyKey, ...overKey, ...bar({ colours, ...ofBar })];
}

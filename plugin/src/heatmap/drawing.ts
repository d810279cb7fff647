import { axisCommands, layerNumberCommands, superlayerCommands, valueCommands } from './annotations.ts';
import { hitCommands, signedCommands, signedReach } from './cells.ts';
import type { ChamberModel } from './chamberModel.ts';
import { colourBarCommands } from './colourBar.ts';
import type { Command } from './commands.ts';
import { ratioToComparison } from './comparison.ts';
import { heatmapLayout, type HeatmapLayout } from './layout.ts';
import type { HeatmapStyle } from './look.ts';
import { saliencyOverlay } from './overlay.ts';
import { scaleMaxima } from './scale.ts';

/** What the cells of one picture show. */
export type Content = 'hits' | 'hits-and-saliency' | 'saliency' | 'ratio' | 'comparison';

export interface Drawing {
  layout: HeatmapLayout;
  /** Everything but what follows the pointer. */
  commands: readonly Command[];
}

export interface DrawingOptions {
  content: Content;
  width: number;
  height: number;
  pixelRatio: number;
  style: HeatmapStyle;
  /** Colours for values with a sign. */
  diverging: readonly string[];
  saliencyOpacity: number;
  showValues: boolean;
  /** False for the right one of two pictures side by side. */
  namesLayers: boolean;
  format: (hits: number) => string;
}

const leftWithNames = 44;
const bottomForAxisAndBar = 50;
const barFromBottom = 22;

/** The whole picture of a chamber as commands: cells, what is written on and around them, and the colour bar. */
export function drawChamber(
  model: ChamberModel,
  comparison: ChamberModel | null,
  options: DrawingOptions,
): Drawing {
  const { content, width, height, pixelRatio, style } = options;
  const layout = heatmapLayout(model, {
    width,
    height,
    pixelRatio,
    gutter: { left: leftWithNames, right: 4, top: 2, bottom: bottomForAxisAndBar },
    superlayerGap: Math.min(10, Math.max(4, height / 50)),
  });
  const names = options.namesLayers
    ? [...superlayerCommands(model, layout, style), ...layerNumberCommands(model, layout, style)]
    : [];
  const shown = content === 'comparison' && comparison ? comparison : model;
  return {
    layout,
    commands: [
      ...cells(shown, comparison, layout, options),
      ...names,
      ...axisCommands(model, layout, style),
      ...bar(shown, comparison, layout, options),
    ],
  };
}

function cells(
  model: ChamberModel,
  comparison: ChamberModel | null,
  layout: HeatmapLayout,
  options: DrawingOptions,
): Command[] {
  const { content, style, diverging } = options;
  const signed = signedValues(model, comparison, content);
  if (signed) return signedCommands(model, layout, signed, diverging, style.look);
  return [
    ...hitCommands(model, layout, style),
    ...(content === 'hits-and-saliency'
      ? saliencyOverlay(model, layout, style.look.accent, options.saliencyOpacity)
      : []),
    ...(options.showValues ? valueCommands(model, layout, style) : []),
  ];
}

function signedValues(model: ChamberModel, comparison: ChamberModel | null, content: Content) {
  if (content === 'saliency') {
    return model.layers.map(({ saliency, hits }) => hits.map((_, cell) => saliency[cell] ?? null));
  }
  if (content === 'ratio' && comparison) return ratioToComparison(model, comparison);
  return null;
}

function bar(
  model: ChamberModel,
  comparison: ChamberModel | null,
  layout: HeatmapLayout,
  options: DrawingOptions,
): Command[] {
  const { style, height, pixelRatio, content, format } = options;
  const width = Math.min(360, layout.plot.width - 90);
  if (width < 60) return [];
  const common = {
    box: { x: layout.plot.x + layout.plot.width - width - 12, y: height - barFromBottom, width, height: 6 },
    look: style.look,
    pixelRatio,
  };
  const signed = signedValues(model, comparison, content);
  if (signed) {
    const title =
      content === 'ratio' ? `log₂ of ratio to run ${comparison?.run ?? '?'}` : 'for good · for bad';
    const symmetric = signedReach(signed);
    return colourBarCommands({
      ...common,
      colours: options.diverging,
      title,
      scale: { symmetric },
      format: (value) => value.toPrecision(2),
    });
  }
  const { reach, kind } = style.scale;
  // Each layer has its own end of the scale here, so the bar can only tell shares of it.
  if (reach === 'layer') {
    return colourBarCommands({
      ...common,
      colours: style.colours,
      title: '% of layer’s maximum',
      scale: { kind: 'linear', max: 100 },
      format: String,
    });
  }
  const max = Math.max(...scaleMaxima(model, style.scale));
  return colourBarCommands({
    ...common,
    colours: style.colours,
    title: 'hits / wire',
    scale: { kind, max },
    format,
  });
}

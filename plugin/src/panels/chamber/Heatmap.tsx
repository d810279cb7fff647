import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import type { LinkModel } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { Canvas, usePixelRatio } from '../../components/controls.tsx';
import { type Theme, visuallyHidden } from '../../theme/theme.ts';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import { type Content, drawChamber } from '../../heatmap/drawing.ts';
import type { CellAddress } from '../../heatmap/layout.ts';
import type { HeatmapStyle } from '../../heatmap/look.ts';
import { markCommands, type WireRange } from '../../heatmap/overlay.ts';
import { paletteColours } from '../../heatmap/palette.ts';
import { CellTooltip } from './CellTooltip.tsx';
import { usePointing } from './usePointing.ts';

export interface HeatmapProps {
  model: ChamberModel;
  comparison: ChamberModel | null;
  content: Content;
  width: number;
  height: number;
  style: HeatmapStyle;
  saliencyOpacity: number;
  showValues: boolean;
  format: (hits: number) => string;
  linksOf: (cell: CellAddress) => LinkModel[];
  onHover: (cell: CellAddress | null) => void;
  /** Absent where brushing means nothing. */
  onBrush?: ((range: WireRange | null) => void) | undefined;
  brushed: WireRange | null;
}

/** One picture of a chamber: hover tells, a click pins, dragging along the wires says where it is bad, arrow keys and the space bar do what the pointer does. */
export function Heatmap(props: HeatmapProps) {
  const { model, comparison, content, width, height, style, saliencyOpacity, showValues, format } = props;
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const pixelRatio = usePixelRatio();
  const drawing = useMemo(
    () =>
      drawChamber(model, comparison, {
        content,
        width,
        height,
        pixelRatio,
        style,
        diverging: paletteColours(theme.isDark ? 'diverging-dark' : 'diverging-light', 65),
        saliencyOpacity,
        showValues,
        namesLayers: true,
        format,
      }),
    [
      model,
      comparison,
      content,
      width,
      height,
      pixelRatio,
      style,
      theme.isDark,
      saliencyOpacity,
      showValues,
      format,
    ],
  );
  const { layout } = drawing;
  const { hovered, pinned, drag, unpin, handlers } = usePointing(model, layout, props);
  const marks = useMemo(
    () => markCommands(layout, { hovered, pinned, brushed: drag ?? props.brushed }, style.look),
    [layout, hovered, pinned, drag, props.brushed, style.look],
  );
  const told = pinned ?? hovered;
  return (
    <div
      className={styles.frame}
      style={{ width, height }}
      // A picture that arrow keys explore cell by cell; what they find is read out below.
      role="application"
      aria-label="Hits per wire and layer. Arrow keys walk the cells, space pins one."
      tabIndex={0}
      {...handlers}
    >
      <Canvas width={width} height={height} pixelRatio={pixelRatio} commands={drawing.commands} />
      <Canvas
        className={styles.above}
        width={width}
        height={height}
        pixelRatio={pixelRatio}
        commands={marks}
      />
      {told ? (
        <CellTooltip
          cell={told}
          model={model}
          layout={layout}
          format={format}
          {...(pinned ? { links: props.linksOf(pinned), close: unpin } : {})}
        />
      ) : null}
      <span className={visuallyHidden} aria-live="polite">
        {told ? cellInWords(model, told) : ''}
      </span>
    </div>
  );
}

function cellInWords(model: ChamberModel, { layer, wire }: CellAddress): string {
  const hits = model.layers[layer - 1]?.hits[wire - 1] ?? -1;
  return `Layer ${layer}, wire ${wire}: ${hits < 0 ? 'no wire' : `${hits} hits`}`;
}

function getStyles({ colors }: Theme) {
  return {
    frame: css({
      cursor: 'crosshair',
      position: 'relative',
      touchAction: 'pan-y',
      userSelect: 'none',
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}`, outlineOffset: -2 },
    }),
    above: css({ left: 0, pointerEvents: 'none', position: 'absolute', top: 0 }),
  };
}

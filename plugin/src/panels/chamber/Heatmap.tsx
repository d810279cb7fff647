import React, { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { css } from '@emotion/css';
import type { LinkModel } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { Canvas, usePixelRatio } from '../../components/Canvas.tsx';
import { visuallyHidden } from '../../components/hidden.ts';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import { drawChamber, type Content } from '../../heatmap/drawing.ts';
import { cellAt, wireAt, type CellAddress } from '../../heatmap/layout.ts';
import type { HeatmapStyle } from '../../heatmap/look.ts';
import { markCommands, type WireRange } from '../../heatmap/overlay.ts';
import { paletteColours } from '../../heatmap/palette.ts';
import { CellTooltip } from './CellTooltip.tsx';
import type { Theme } from '../../theme/theme.ts';

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

const arrows: Record<string, [layers: number, wires: number]> = {
  ArrowUp: [1, 0],
  ArrowDown: [-1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** One picture of a chamber: hover tells, a click pins, dragging along the wires says where it is bad, arrow keys walk the cells. */
export function Heatmap(props: HeatmapProps) {
  const { model, comparison, content, width, height, style, saliencyOpacity, showValues, format } = props;
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const pixelRatio = usePixelRatio();
  const [hovered, setHovered] = useState<CellAddress | null>(null);
  const [pinned, setPinned] = useState<CellAddress | null>(null);
  const [drag, setDrag] = useState<WireRange | null>(null);
  const dragFrom = useRef<number | null>(null);
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
  const marks = useMemo(
    () => markCommands(layout, { hovered, pinned, brushed: drag ?? props.brushed }, style.look),
    [layout, hovered, pinned, drag, props.brushed, style.look],
  );
  const hover = (cell: CellAddress | null) => {
    setHovered(cell);
    props.onHover(cell);
  };
  const place = (event: PointerEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const onPointerMove = (event: PointerEvent) => {
    const { x, y } = place(event);
    const wire = wireAt(layout, x);
    if (dragFrom.current !== null && wire !== null && (drag || wire !== dragFrom.current)) {
      setDrag({ first: Math.min(dragFrom.current, wire), last: Math.max(dragFrom.current, wire) });
      hover(null);
      return;
    }
    const cell = cellAt(layout, x, y);
    if (cell?.layer !== hovered?.layer || cell?.wire !== hovered?.wire) hover(cell);
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    dragFrom.current = props.onBrush ? wireAt(layout, place(event).x) : null;
  };
  const onPointerUp = (event: PointerEvent) => {
    const { x, y } = place(event);
    if (drag) props.onBrush?.(drag);
    else if (event.button === 0) {
      const cell = cellAt(layout, x, y);
      setPinned(cell && cell.layer === pinned?.layer && cell.wire === pinned.wire ? null : cell);
      if (!cell) props.onBrush?.(null);
    }
    dragFrom.current = null;
    setDrag(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = arrows[event.key];
    if (event.key === 'Escape') {
      setPinned(null);
      hover(null);
    }
    if (!step) return;
    event.preventDefault();
    const from = hovered ?? { layer: 12, wire: 0 };
    hover({
      layer: Math.min(12, Math.max(1, from.layer + step[0])),
      wire: Math.min(model.width, Math.max(1, from.wire + step[1])),
    });
  };
  const told = pinned ?? hovered;
  return (
    <div
      className={styles.frame}
      style={{ width, height }}
      // A picture that arrow keys explore cell by cell; what they find is read out below.
      role="application"
      aria-label="Hits per wire and layer. Arrow keys walk the cells."
      tabIndex={0}
      onPointerMove={onPointerMove}
      onPointerDown={onPointerDown}
      onPointerUp={onPointerUp}
      onPointerLeave={() => hover(null)}
      onBlur={() => hover(null)}
      onKeyDown={onKeyDown}
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
          {...(pinned ? { links: props.linksOf(pinned), close: () => setPinned(null) } : {})}
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
      touchAction: 'none',
      userSelect: 'none',
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}`, outlineOffset: -2 },
    }),
    above: css({ left: 0, pointerEvents: 'none', position: 'absolute', top: 0 }),
  };
}

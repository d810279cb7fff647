import React, {
  type DOMAttributes,
  type KeyboardEvent,
  type PointerEvent,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { LinkModel } from '@grafana/data';
import { usePixelRatio } from '../../components/controls.tsx';
import { ExploredPicture, positionIn } from '../../components/ExploredPicture.tsx';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import { type Content, drawChamber } from '../../heatmap/drawing.ts';
import { type CellAddress, type HeatmapLayout, cellAt, nearestWire, wireAt } from '../../heatmap/layout.ts';
import type { HeatmapStyle } from '../../heatmap/style.ts';
import { markCommands, type WireRange } from '../../heatmap/annotations.ts';
import { CellTooltip } from './CellTooltip.tsx';

interface HeatmapProps {
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
  const pixelRatio = usePixelRatio();
  const drawing = useMemo(() => {
    const options = { content, width, height, pixelRatio, style, saliencyOpacity, showValues, format };
    return drawChamber(model, comparison, options);
  }, [model, comparison, content, width, height, pixelRatio, style, saliencyOpacity, showValues, format]);
  const { layout } = drawing;
  const { hovered, pinned, drag, unpin, handlers } = usePointer(model, layout, props);
  const marks = useMemo(
    () => markCommands(layout, { hovered, pinned, brushed: drag ?? props.brushed }, style.theme),
    [layout, hovered, pinned, drag, props.brushed, style.theme],
  );
  const described = pinned ?? hovered;
  return (
    <ExploredPicture
      {...{ width, height, pixelRatio, marks, handlers }}
      commands={drawing.commands}
      label="Hits per wire and layer. Arrow keys walk the cells, space pins one."
      spoken={described ? cellInWords(model, described) : ''}
    >
      {described ? (
        <CellTooltip
          cell={described}
          model={model}
          layout={layout}
          format={format}
          {...(pinned ? { links: props.linksOf(pinned), close: unpin } : {})}
        />
      ) : null}
    </ExploredPicture>
  );
}

function cellInWords(model: ChamberModel, { layer, wire }: CellAddress): string {
  const hits = model.layers[layer - 1]?.hits[wire - 1] ?? -1;
  return `Layer ${layer}, wire ${wire}: ${hits < 0 ? 'no wire' : `${hits} hits`}`;
}

interface Pointer {
  hovered: CellAddress | null;
  pinned: CellAddress | null;
  /** Wires that are being dragged over. */
  drag: WireRange | null;
  unpin: () => void;
  /** For the element that is as large as the picture. */
  handlers: DOMAttributes<HTMLElement>;
}

const arrows: Record<string, [layers: number, wires: number]> = {
  ArrowUp: [1, 0],
  ArrowDown: [-1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Which cells of a picture are pointed at: hover tells, a click or the space bar pins, dragging brushes wires, arrow keys walk the cells. */
function usePointer(
  model: ChamberModel,
  layout: HeatmapLayout,
  { onHover, onBrush }: Pick<HeatmapProps, 'onHover' | 'onBrush'>,
): Pointer {
  const [hovered, setHovered] = useState<CellAddress | null>(null);
  const [pin, setPin] = useState<{ chamber: string; cell: CellAddress } | null>(null);
  const [drag, setDrag] = useState<WireRange | null>(null);
  const dragFrom = useRef<number | null>(null);
  // A pin outlives the run, so that one cell can be followed through runs, but not the chamber.
  const chamber = JSON.stringify(model.chamber);
  const pinned = pin?.chamber === chamber ? pin.cell : null;
  const unpin = () => setPin(null);
  const togglePin = (cell: CellAddress | null) =>
    setPin(cell && !isSameCell(cell, pinned) ? { chamber, cell } : null);
  const hover = (cell: CellAddress | null) => {
    if (isSameCell(cell, hovered)) return;
    setHovered(cell);
    onHover(cell);
  };
  const endDrag = () => {
    dragFrom.current = null;
    setDrag(null);
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const { x, y } = positionIn(event);
    const from = dragFrom.current;
    const to = nearestWire(layout, x);
    if (from !== null && (drag || to !== from)) {
      // Where the button is let go, outside too, has to be heard here.
      if (!drag) event.currentTarget.setPointerCapture(event.pointerId);
      setDrag({ first: Math.min(from, to), last: Math.max(from, to) });
      hover(null);
      return;
    }
    hover(cellAt(layout, x, y));
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button === 0) dragFrom.current = onBrush ? wireAt(layout, positionIn(event).x) : null;
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const { x, y } = positionIn(event);
    if (drag) onBrush?.(drag);
    else if (event.button === 0) {
      const cell = cellAt(layout, x, y);
      togglePin(cell);
      if (!cell) onBrush?.(null);
    }
    endDrag();
  };
  const onPointerLeave = () => {
    hover(null);
    if (!drag) dragFrom.current = null;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Escape') {
      // Else it is Grafana's, which leaves kiosk mode by it.
      if (pinned) event.stopPropagation();
      unpin();
      hover(null);
    }
    if (event.key === ' ') {
      event.preventDefault();
      togglePin(hovered);
    }
    const step = arrows[event.key];
    if (!step) return;
    event.preventDefault();
    const from = hovered ?? { layer: 12, wire: 0 };
    hover({
      layer: Math.min(12, Math.max(1, from.layer + step[0])),
      wire: Math.min(model.width, Math.max(1, from.wire + step[1])),
    });
  };
  return {
    hovered,
    pinned,
    drag,
    unpin,
    handlers: {
      onPointerMove,
      onPointerDown,
      onPointerUp,
      onPointerLeave,
      onPointerCancel: endDrag,
      onBlur: () => hover(null),
      onKeyDown,
    },
  };
}

function isSameCell(a: CellAddress | null, b: CellAddress | null): boolean {
  return a?.layer === b?.layer && a?.wire === b?.wire;
}

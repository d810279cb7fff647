import { useRef, useState, type DOMAttributes, type KeyboardEvent, type PointerEvent } from 'react';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import { cellAt, nearestWire, wireAt, type CellAddress, type HeatmapLayout } from '../../heatmap/layout.ts';
import type { WireRange } from '../../heatmap/overlay.ts';

interface Told {
  onHover: (cell: CellAddress | null) => void;
  /** Absent where brushing means nothing. */
  onBrush?: ((range: WireRange | null) => void) | undefined;
}

export interface Pointing {
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
export function usePointing(
  model: ChamberModel,
  layout: HeatmapLayout,
  { onHover, onBrush }: Told,
): Pointing {
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
    const { x, y } = placeOf(event);
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
    if (event.button === 0) dragFrom.current = onBrush ? wireAt(layout, placeOf(event).x) : null;
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const { x, y } = placeOf(event);
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

function placeOf(event: PointerEvent): { x: number; y: number } {
  const { left, top } = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

import { useRef, useState, type DOMAttributes, type KeyboardEvent, type PointerEvent } from 'react';
import { positionIn } from '../../components/ExploredPicture.tsx';
import { nearestColumn, placeAt, type StripLayout, type StripPlace } from '../../strip/stripLayout.ts';
import type { StripModel } from '../../strip/stripModel.ts';

/** Columns from one to another, both included. */
export interface ColumnRange {
  first: number;
  last: number;
}

interface Acts {
  /** A span was brushed; null when it is put away. */
  choose: (range: ColumnRange | null) => void;
  /** A click, or Enter, on a row. */
  open: (row: number) => void;
}

interface Pointer {
  hovered: StripPlace | null;
  /** Columns that are being brushed. */
  drag: ColumnRange | null;
  handlers: DOMAttributes<HTMLElement>;
}

/** Moved further than this with the button down, px, it was no click. */
const isNoClick = 4;

const arrows: Record<string, [rows: number, columns: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/**
 * What is pointed at in a strip: hover tells, dragging along the time brushes a span, a click opens the row. Arrow keys walk the cells, with Shift
 * they brush, the space bar takes the slice that was walked to, Enter opens its row, Escape puts the span away.
 */
export function useStripPointer(
  model: StripModel,
  layout: StripLayout,
  chosen: ColumnRange | null,
  { choose, open }: Acts,
): Pointer {
  const [hovered, setHovered] = useState<StripPlace | null>(null);
  const [drag, setDrag] = useState<ColumnRange | null>(null);
  const dragFrom = useRef<{ column: number; x: number } | null>(null);
  const anchor = useRef<number | null>(null);
  const endDrag = () => {
    dragFrom.current = null;
    setDrag(null);
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const { x, y } = positionIn(event);
    const from = dragFrom.current;
    const to = nearestColumn(model, layout, x);
    // Within a slice too: the only one that is meant may be wide.
    if (from !== null && (drag || Math.abs(x - from.x) > isNoClick)) {
      // Where the button is let go, outside too, has to be heard here.
      if (!drag) event.currentTarget.setPointerCapture(event.pointerId);
      setDrag(between(from.column, to));
      setHovered(null);
      return;
    }
    setHovered(placeAt(model, layout, x, y));
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    const { x, y } = positionIn(event);
    const place = placeAt(model, layout, x, y);
    if (event.button === 0) dragFrom.current = place && { column: place.column, x };
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const { x, y } = positionIn(event);
    const place = placeAt(model, layout, x, y);
    if (drag) choose(drag);
    else if (event.button === 0 && place) open(place.row);
    else if (event.button === 0) choose(null);
    endDrag();
  };
  const onPointerLeave = () => {
    setHovered(null);
    if (!drag) dragFrom.current = null;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return;
    const take = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (event.key === 'Escape') {
      // Else it is Grafana's, which leaves kiosk mode by it.
      if (chosen) take();
      anchor.current = null;
      choose(null);
      return;
    }
    if (event.key === 'Enter' && hovered) {
      take();
      open(hovered.row);
      return;
    }
    if (event.key === ' ' && hovered) {
      take();
      anchor.current = hovered.column;
      choose({ first: hovered.column, last: hovered.column });
      return;
    }
    const step = arrows[event.key];
    if (!step) return;
    take();
    // The newest slice of the innermost layer is what one begins with.
    const from = hovered ?? { row: model.rows.length - 1, column: model.columns.length - step[1] };
    const next = {
      row: clamp(from.row + step[0], model.rows.length),
      column: clamp(from.column + step[1], model.columns.length),
    };
    if (event.shiftKey && step[1] !== 0) {
      anchor.current ??= clamp(from.column, model.columns.length);
      choose(between(anchor.current, next.column));
    } else anchor.current = null;
    setHovered(next);
  };
  return {
    hovered,
    drag,
    handlers: {
      onPointerMove,
      onPointerDown,
      onPointerUp,
      onPointerLeave,
      onPointerCancel: endDrag,
      onBlur: () => setHovered(null),
      onKeyDown,
    },
  };
}

function between(a: number, b: number): ColumnRange {
  return { first: Math.min(a, b), last: Math.max(a, b) };
}

function clamp(index: number, length: number): number {
  return Math.min(length - 1, Math.max(0, index));
}

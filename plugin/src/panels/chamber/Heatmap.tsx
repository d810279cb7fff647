import React, {
  type DOMAttributes,
  type KeyboardEvent,
  type PointerEvent,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { LinkModel, GrafanaTheme2 } from '@grafana/data';
import { usePixelRatio } from '../../components/controls.tsx';
import { ExploredPicture, positionIn } from '../../components/ExploredPicture.tsx';
import { type ChamberModel, siblingMedian, layerName } from '../../heatmap/chamberModel.ts';
import { type Content, drawChamber } from '../../heatmap/drawing.ts';
import { type CellAddress, type HeatmapLayout, cellAt, nearestWire, wireAt } from '../../heatmap/layout.ts';
import type { HeatmapStyle } from '../../heatmap/style.ts';
import { markCommands, type WireRange } from '../../heatmap/annotations.ts';
import { tooltipStyle } from '../../theme/theme.ts';
import { css } from '@emotion/css';
import { IconButton, useStyles2 } from '@grafana/ui';

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

interface Props {
  cell: CellAddress;
  model: ChamberModel;
  layout: HeatmapLayout;
  format: (hits: number) => string;
  /** Given once the cell is pinned. */
  links?: readonly LinkModel[];
  close?: (() => void) | undefined;
}

/** What is known of one cell, beside it. */
function CellTooltip({ cell, model, layout, format, links = [], close }: Props) {
  const styles = useStyles2(getStyles);
  const layer = model.layers[cell.layer - 1];
  const row = layout.rows.find((candidate) => candidate.layer === cell.layer);
  if (!layer || !row) return null;
  const hits = layer.hits[cell.wire - 1] ?? -1;
  const saliency = layer.saliency[cell.wire - 1];
  const expected = layer.expected[cell.wire - 1];
  const siblings = siblingMedian(model, cell.layer, cell.wire);
  const onLeft = (layout.edges[cell.wire] ?? 0) > layout.plot.x + layout.plot.width * 0.6;
  const below = row.y < layout.size.height / 2;
  const position = {
    ...(onLeft
      ? { right: layout.size.width - (layout.edges[cell.wire - 1] ?? 0) + 8 }
      : { left: (layout.edges[cell.wire] ?? 0) + 8 }),
    ...(below ? { top: row.y } : { bottom: layout.size.height - row.y - row.height }),
  };
  const facts: [string, string | null][] = [
    ['hits', hits < 0 ? 'no wire here' : format(hits)],
    ['expected', expected === undefined ? null : format(expected)],
    ['siblings’ median', hits < 0 || siblings === null ? null : format(siblings)],
    ['saliency', saliency === undefined || hits < 0 ? null : saliency.toPrecision(3)],
    ['layer’s score', layer.score === null ? null : layer.score.toFixed(3)],
  ];
  return (
    <div
      className={styles.tooltip}
      style={{ ...position, pointerEvents: close ? 'auto' : 'none' }}
      // Its buttons and links are not what lies under them in the picture.
      onPointerDown={keep}
      onPointerMove={keep}
      onPointerUp={keep}
    >
      <div className={styles.head}>
        <strong>
          Layer {cell.layer} · wire {cell.wire}
        </strong>
        {close ? <IconButton name="times" size="sm" aria-label="Unpin" onClick={close} /> : null}
      </div>
      <div className={styles.where}>{layerName(cell.layer)}</div>
      <dl className={styles.facts}>
        {facts.map(([name, value]) =>
          value === null ? null : (
            <React.Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </React.Fragment>
          ),
        )}
      </dl>
      {links.map(({ href, title, target }) => (
        <a key={href} className={styles.link} href={href} target={target} rel="noreferrer">
          {title}
        </a>
      ))}
    </div>
  );
}

function keep(event: PointerEvent): void {
  event.stopPropagation();
}

function getStyles(theme: GrafanaTheme2) {
  const { colors, spacing } = theme;
  return {
    tooltip: css({ ...tooltipStyle(theme), minWidth: 168 }),
    head: css({ display: 'flex', justifyContent: 'space-between', whiteSpace: 'nowrap' }),
    where: css({ color: colors.text.secondary, marginBottom: spacing(0.5) }),
    link: css({ color: colors.text.link, display: 'block', marginTop: spacing(0.5) }),
    facts: css({
      display: 'grid',
      gridTemplateColumns: 'auto auto',
      columnGap: spacing(2),
      margin: 0,
      '& dt': { color: colors.text.secondary, fontWeight: 'normal' },
      '& dd': { fontVariantNumeric: 'tabular-nums', margin: 0, textAlign: 'right' },
    }),
  };
}

import React, {
  memo,
  useEffect,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
} from 'react';
import { css } from '@emotion/css';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { formatChamber, parseChamber, sectorsOf, stations, wheels, type ChamberId } from '@dtdqm/contract';
import { arrange, neighbour, rowsOf } from './geometry.ts';
import type { StateFrame } from '../../frames/barrelFrames.ts';
import type { BarrelCell, BarrelModel } from './model.ts';
import type { BarrelOptions } from './options.ts';
import { useSize } from '../../components/panel.ts';
import { getBarrelStyles, hatchId, Legend } from './Legend.tsx';
import { blockSize, Grid, Wheels, wheelSize } from './pictures.tsx';
import { tooltipStyle, visuallyHidden } from '../../theme/theme.ts';

export interface BarrelViewProps {
  model: BarrelModel;
  /** The detector in one line; null when no frame tells it. */
  state: StateFrame | null;
  run: number | null;
  showHeadline: boolean;
  layout: BarrelOptions['layout'];
  /** Chamber that the dashboard shows. */
  current: string | null;
  choose: (chamber: ChamberId) => void;
  hover: (cell: BarrelCell | null) => void;
}

const pictureGap = 12;

const arrowKeys: Record<string, Parameters<typeof neighbour>[1]> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/** The detector at a glance. One chamber is in the order of Tab; arrow keys go from there. */
export function BarrelView(props: BarrelViewProps) {
  const { model, state, run, showHeadline, layout, current, choose, hover } = props;
  const { cells } = model;
  const styles = useStyles2(getStyles);
  const shapes = useStyles2(getBarrelStyles);
  const theme = useTheme2();
  const [focused, setFocused] = useState('W-2_St1_Sec1');
  const [told, setTold] = useState<{ cell: BarrelCell; x: number; y: number } | null>(null);
  const cellOf = (target: EventTarget) => {
    const key =
      target instanceof Element ? target.closest('[data-chamber]')?.getAttribute('data-chamber') : null;
    return cells.find((cell) => cell.key === key) ?? null;
  };
  const tell = (event: PointerEvent) => {
    const cell = cellOf(event.target);
    const { left, top } = event.currentTarget.getBoundingClientRect();
    if (cell?.key !== told?.cell.key) hover(cell);
    setTold(cell && { cell, x: event.clientX - left, y: event.clientY - top });
  };
  const onKeyDown = (event: KeyboardEvent<SVGSVGElement>) => {
    const cell = cellOf(event.target);
    const direction = arrowKeys[event.key];
    if (!cell) return;
    if (event.key === 'Enter' || event.key === ' ') choose(cell.chamber);
    else if (direction) {
      const next = formatChamber(neighbour(parseChamber(cell.key), direction));
      setFocused(next);
      event.currentTarget.querySelector<SVGGElement>(`[data-chamber="${next}"]`)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = (event: MouseEvent) => {
    const cell = cellOf(event.target);
    if (cell) choose(cell.chamber);
  };
  const [room, size] = useSize<HTMLDivElement>();
  const arrangement = arrange(
    { width: size.width, height: size.height - pictureGap },
    layout === 'grid' ? null : wheelSize,
    layout === 'wheels' ? null : blockSize,
  );
  const { wheelColumns, gridColumns, wheelScale, gridScale } = arrangement;
  const pictures = [
    {
      name: 'wheels' as const,
      columns: wheelColumns,
      width: wheelColumns * wheelSize.width,
      height: rowsOf(wheelColumns) * wheelSize.height,
      scale: wheelScale,
      Picture: Wheels,
      label: 'The five wheels, seen from +z',
    },
    {
      name: 'grid' as const,
      columns: gridColumns,
      width: gridColumns * blockSize.width,
      height: rowsOf(gridColumns) * blockSize.height,
      scale: gridScale,
      Picture: Grid,
      label: 'The barrel by wheel, station and sector',
    },
  ].filter(({ name, scale }) => scale > 0 && (layout === 'both' || layout === name));
  return (
    <div className={styles.panel} data-testid="barrel-panel">
      <Legend model={model} state={state} run={run} showHeadline={showHeadline} />
      <div ref={room} className={styles.pictures} onPointerMove={tell} onPointerLeave={() => setTold(null)}>
        {pictures.map(({ name, columns, width, height, scale, Picture, label }) => (
          <svg
            key={name}
            className={shapes.picture}
            width={Math.floor(width * scale)}
            height={Math.floor(height * scale)}
            viewBox={`0 0 ${width} ${height}`}
            role="group"
            aria-label={label}
            onClick={onClick}
            onKeyDown={onKeyDown}
          >
            <defs>
              <pattern
                id={hatchId}
                width={8}
                height={8}
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
              >
                <rect width={8} height={8} fill={theme.colors.background.primary} />
                <rect width={3} height={8} fill={theme.colors.border.strong} />
              </pattern>
            </defs>
            <Picture cells={cells} columns={columns} focused={focused} current={current} styles={shapes} />
          </svg>
        ))}
        {told ? (
          <div className={styles.tooltip} style={besidePointer(told, size)} role="status">
            {told.cell.label}
          </div>
        ) : null}
      </div>
      <BarrelTable cells={cells} />
    </div>
  );
}

/** At the side of the pointer where there is more room. */
function besidePointer(
  { x, y }: { x: number; y: number },
  { width, height }: { width: number; height: number },
) {
  return {
    ...(x < width / 2 ? { left: x + 14 } : { right: width - x + 14 }),
    ...(y < height / 2 ? { top: y + 14 } : { bottom: height - y + 14 }),
  };
}

function getStyles(theme: GrafanaTheme2) {
  const { spacing } = theme;
  return {
    panel: css({
      containerType: 'inline-size',
      display: 'flex',
      flexDirection: 'column',
      gap: spacing(1),
      height: '100%',
      minHeight: 0,
    }),
    pictures: css({
      display: 'flex',
      flex: '1 1 0',
      alignItems: 'center',
      flexDirection: 'column',
      gap: pictureGap,
      justifyContent: 'center',
      minHeight: 0,
      position: 'relative',
    }),
    tooltip: css({
      ...tooltipStyle(theme),
      padding: spacing(0.5, 1),
      pointerEvents: 'none',
      whiteSpace: 'nowrap',
    }),
  };
}

/** The table follows the pictures after this time, ms: nobody waits for it, and the pictures come first. */
const delay = 200;

/** The same as the pictures, as a table: for those who do not see them. */
function BarrelTable({ cells }: { cells: readonly BarrelCell[] }) {
  const [shown, setShown] = useState(cells);
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(cells), delay);
    return () => window.clearTimeout(timer);
  }, [cells]);
  return <Table cells={shown} />;
}

const Table = memo(function Table({ cells }: { cells: readonly BarrelCell[] }) {
  const byKey = new Map(cells.map((cell) => [cell.key, cell]));
  return (
    // Around it and not on it: a table is never narrower than its words, and would make the page scroll sideways.
    <div className={visuallyHidden}>
      <table>
        <caption>Chambers by wheel, station and sector</caption>
        <thead>
          <tr>
            <th scope="col">Wheel and station</th>
            {sectorsOf(4).map((sector) => (
              <th scope="col" key={sector}>
                Sector {sector}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {wheels.flatMap((wheel) =>
            stations.map((station) => (
              <tr key={`${wheel} ${station}`}>
                <th scope="row">
                  Wheel {wheel}, MB{station}
                </th>
                {sectorsOf(station).map((sector) => (
                  <td key={sector}>{byKey.get(`W${wheel}_St${station}_Sec${sector}`)?.label}</td>
                ))}
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
});

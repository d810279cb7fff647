import React, { memo } from 'react';
import type { BarrelCell } from './model.ts';
import { tintOpacity, type BarrelStyles } from './Legend.tsx';
import { cx } from '@emotion/css';
import { sectorsOf, stations, wheels, type Wheel } from '@dtdqm/contract';
import {
  cornersOf,
  gridColumns,
  gridPlaceOf,
  gridRows,
  middleOf,
  outerRadius,
  placeOf,
  wheelName,
} from './geometry.ts';

interface ChamberShapeProps {
  cell: BarrelCell;
  /** SVG path of its outline. */
  path: string;
  middle: readonly [number, number];
  glyphSize: number;
  hasFocus: boolean;
  isCurrent: boolean;
  styles: BarrelStyles;
}

/** One chamber. Drawn anew only when something of it changed, so that an update of 250 costs little. */
const ChamberShape = memo(
  function ChamberShape({ cell, path, middle, glyphSize, hasFocus, isCurrent, styles }: ChamberShapeProps) {
    const { look, isLoudMark, tint, sign } = cell;
    return (
      <g
        role="button"
        aria-label={cell.label}
        data-chamber={cell.key}
        tabIndex={hasFocus ? 0 : -1}
        // Joined by hand: emotion's cx would merge the styles anew for each of 250 chambers.
        className={[
          styles.chamber,
          styles[look],
          tint === null ? '' : styles.tinted,
          isLoudMark ? styles.loudMark : '',
          isCurrent ? styles.current : '',
        ].join(' ')}
      >
        <path d={path} style={tint === null ? undefined : { fillOpacity: tintOpacity(tint) }} />
        {sign ? (
          <text x={middle[0]} y={middle[1]} fontSize={glyphSize} aria-hidden>
            {sign}
          </text>
        ) : null}
      </g>
    );
  },
  (before, after) =>
    before.cell.look === after.cell.look &&
    before.cell.isLoudMark === after.cell.isLoudMark &&
    before.cell.tint === after.cell.tint &&
    before.cell.label === after.cell.label &&
    before.cell.sign === after.cell.sign &&
    before.path === after.path &&
    before.glyphSize === after.glyphSize &&
    before.hasFocus === after.hasFocus &&
    before.isCurrent === after.isCurrent &&
    before.styles === after.styles,
);

export interface PictureProps {
  cells: readonly BarrelCell[];
  /** Wheels side by side. */
  columns: number;
  focused: string;
  current: string | null;
  styles: BarrelStyles;
}

/** Units of the picture: 1 is 20 mm. */
const unit = 1 / 20;
const margin = 40;
const radius = outerRadius * unit + margin;
const sectorNameRadius = outerRadius * unit + 18;
const wheelGlyphSize = 30;
/** One wheel with the names of its sectors. */
export const wheelSize = { width: 2 * radius, height: 2 * radius };

/** Where the name of a sector stands; where MB4 is split, beside its half. */
const sectorDirections = sectorsOf(4).map((sector): [number, number] => {
  const { from, to } = placeOf({ wheel: 0, station: 4, sector });
  return [sector, (from + to) / 2];
});

/** Outlines about the beam never change, so they are made once. */
const outlines = new Map<string, { path: string; middle: readonly [number, number] }>();

function outlineOf({ key, chamber }: BarrelCell) {
  const known = outlines.get(key);
  if (known) return known;
  const place = placeOf(chamber);
  const corners = cornersOf(place).map((corner) =>
    toPicture(corner)
      .map((value) => value.toFixed(1))
      .join(' '),
  );
  const outline = { path: `M${corners.join('L')}Z`, middle: toPicture(middleOf(place)) };
  outlines.set(key, outline);
  return outline;
}

/** The picture's y axis points down, the detector's up. */
function toPicture([x, y]: readonly [number, number]): [number, number] {
  return [x * unit, -y * unit];
}

/** The five wheels, seen from +z, as the barrel is. */
export function Wheels({ cells, columns, focused, current, styles }: PictureProps) {
  return (
    <>
      {wheels.map((wheel, at) => (
        <g
          key={wheel}
          transform={`translate(${radius * (2 * (at % columns) + 1)} ${radius * (2 * Math.floor(at / columns) + 1)})`}
        >
          <text fontSize={74} className={cx(styles.name, styles.wheel)} aria-hidden>
            {wheelName(wheel)}
          </text>
          {sectorDirections.map(([sector, degrees]) => (
            <text
              key={sector}
              x={sectorNameRadius * Math.cos((degrees * Math.PI) / 180)}
              y={-sectorNameRadius * Math.sin((degrees * Math.PI) / 180)}
              fontSize={26}
              className={styles.name}
              aria-hidden
            >
              {sector}
            </text>
          ))}
          {cells
            .filter(({ chamber }) => chamber.wheel === wheel)
            .map((cell) => (
              <ChamberShape
                key={cell.key}
                cell={cell}
                {...outlineOf(cell)}
                glyphSize={wheelGlyphSize}
                hasFocus={cell.key === focused}
                isCurrent={cell.key === current}
                styles={styles}
              />
            ))}
        </g>
      ))}
    </>
  );
}

const gridCell = { width: 30, height: 32 };
const gridGap = 3;
const gridLeft = 36;
const gridTop = 26;
const gridBottom = 26;
/** One wheel, cut open. */
export const blockSize = {
  width: gridLeft + gridColumns * gridCell.width + 12,
  height: gridTop + gridRows * gridCell.height + gridBottom,
};

/** The barrel cut open: a block a wheel, a row a station, a column a sector. */
export function Grid({ cells, columns, focused, current, styles }: PictureProps) {
  return (
    <>
      {wheels.map((wheel, at) => (
        <g
          key={wheel}
          transform={`translate(${(at % columns) * blockSize.width} ${Math.floor(at / columns) * blockSize.height})`}
        >
          <BlockNames wheel={wheel} styles={styles} />
          {cells
            .filter(({ chamber }) => chamber.wheel === wheel)
            .map((each) => {
              const { row, column } = gridPlaceOf(each.chamber);
              const [x, y] = [gridLeft + column * gridCell.width, gridTop + row * gridCell.height];
              const [width, height] = [gridCell.width - gridGap, gridCell.height - gridGap];
              return (
                <ChamberShape
                  key={each.key}
                  cell={each}
                  path={`M${x} ${y}h${width}v${height}h${-width}Z`}
                  middle={gridMiddles[row * gridColumns + column] ?? [x, y]}
                  glyphSize={16}
                  hasFocus={each.key === focused}
                  isCurrent={each.key === current}
                  styles={styles}
                />
              );
            })}
        </g>
      ))}
    </>
  );
}

const gridMiddles = Array.from({ length: gridRows * gridColumns }, (_, at): [number, number] => [
  gridLeft + (at % gridColumns) * gridCell.width + (gridCell.width - gridGap) / 2,
  gridTop + Math.floor(at / gridColumns) * gridCell.height + (gridCell.height - gridGap) / 2,
]);

function BlockNames({ wheel, styles }: { wheel: Wheel; styles: PictureProps['styles'] }) {
  return (
    <g aria-hidden>
      <text
        x={gridLeft + (12 * gridCell.width) / 2}
        y={gridTop / 2}
        fontSize={15}
        className={cx(styles.name, styles.wheel)}
      >
        Wheel {wheelName(wheel)}
      </text>
      {stations.map((station) => (
        <text
          key={station}
          x={gridLeft / 2}
          y={gridTop + (gridRows - station + 0.5) * gridCell.height - gridGap / 2}
          fontSize={12}
          className={styles.name}
        >
          MB{station}
        </text>
      ))}
      {Array.from({ length: gridColumns }, (_, column) => (
        <text
          key={column}
          x={gridLeft + (column + 0.5) * gridCell.width - gridGap / 2}
          y={gridTop + gridRows * gridCell.height + 8}
          fontSize={11}
          className={styles.name}
        >
          {column + 1}
        </text>
      ))}
    </g>
  );
}

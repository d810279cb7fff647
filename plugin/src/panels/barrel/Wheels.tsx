import React from 'react';
import { cx } from '@emotion/css';
import { sectorsOf, wheels } from '@dtdqm/contract';
import type { BarrelCell } from '../../barrel/barrelModel.ts';
import { cornersOf, middleOf, outerRadius, placeOf } from '../../barrel/geometry.ts';
import type { BarrelStyles } from './barrelStyles.ts';
import { ChamberShape } from './ChamberShape.tsx';

export interface PictureProps {
  cells: readonly BarrelCell[];
  /** Wheels side by side. */
  columns: number;
  fillOf: (cell: BarrelCell) => string | null;
  focused: string;
  current: string | null;
  styles: BarrelStyles;
}

/** Units of the picture: 1 is 20 mm. */
const unit = 1 / 20;
const margin = 40;
const radius = outerRadius * unit + margin;
const sectorNames = outerRadius * unit + 18;
const glyphSize = 30;
/** One wheel with the names of its sectors. */
export const wheelSize = { width: 2 * radius, height: 2 * radius };

/** Where the name of a sector stands; where MB4 is split, beside its half. */
const sectorDirections = sectorsOf(4).map((sector): [number, number] => {
  const { from, to } = placeOf({ wheel: 0, station: 4, sector });
  return [sector, (from + to) / 2];
});

/** Outlines about the beam never change, so they are made once. */
const shapes = new Map<string, { path: string; middle: readonly [number, number] }>();

function shapeOf({ key, chamber }: BarrelCell) {
  const known = shapes.get(key);
  if (known) return known;
  const place = placeOf(chamber);
  const corners = cornersOf(place).map((corner) =>
    toPicture(corner)
      .map((value) => value.toFixed(1))
      .join(' '),
  );
  const shape = { path: `M${corners.join('L')}Z`, middle: toPicture(middleOf(place)) };
  shapes.set(key, shape);
  return shape;
}

/** The picture's y axis points down, the detector's up. */
function toPicture([x, y]: readonly [number, number]): [number, number] {
  return [x * unit, -y * unit];
}

/** The five wheels, seen from +z, as the barrel is. */
export function Wheels({ cells, columns, fillOf, focused, current, styles }: PictureProps) {
  return (
    <>
      {wheels.map((wheel, at) => (
        <g
          key={wheel}
          transform={`translate(${radius * (2 * (at % columns) + 1)} ${radius * (2 * Math.floor(at / columns) + 1)})`}
        >
          <text fontSize={74} className={cx(styles.name, styles.wheel)} aria-hidden>
            {wheel > 0 ? `+${wheel}` : wheel === 0 ? '0' : `−${-wheel}`}
          </text>
          {sectorDirections.map(([sector, degrees]) => (
            <text
              key={sector}
              x={sectorNames * Math.cos((degrees * Math.PI) / 180)}
              y={-sectorNames * Math.sin((degrees * Math.PI) / 180)}
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
                {...shapeOf(cell)}
                glyphSize={glyphSize}
                fill={fillOf(cell)}
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

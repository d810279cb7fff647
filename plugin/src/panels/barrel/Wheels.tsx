import React from 'react';
import { cx } from '@emotion/css';
import { wheels, type Wheel } from '@dtdqm/contract';
import type { BarrelCell } from '../../barrel/barrelModel.ts';
import { cornersOf, middleOf, outerRadius, placeOf } from '../../barrel/geometry.ts';
import type { BarrelStyles } from './barrelStyles.ts';
import { ChamberShape } from './ChamberShape.tsx';

export interface PictureProps {
  cells: readonly BarrelCell[];
  fillOf: (cell: BarrelCell) => string | null;
  focused: string;
  current: string | null;
  styles: BarrelStyles;
}

/** Units of the picture: 1 is 20 mm. */
const unit = 1 / 20;
const margin = 26;
const radius = outerRadius * unit + margin;
const sectorNames = outerRadius * unit + 12;
const glyphSize = 30;
export const wheelsSize = { width: wheels.length * 2 * radius, height: 2 * radius };

/** Outlines never change, so they are made once. */
const shapes = new Map<string, { path: string; middle: [number, number] }>();

function shapeOf({ key, chamber }: BarrelCell) {
  const known = shapes.get(key);
  if (known) return known;
  const [centreX, centreY] = centreOf(chamber.wheel);
  // The picture's y axis points down, the detector's up.
  const toPicture = ([x, y]: [number, number]): [number, number] => [centreX + x * unit, centreY - y * unit];
  const place = placeOf(chamber);
  const path = `M${cornersOf(place)
    .map((corner) =>
      toPicture(corner)
        .map((value) => value.toFixed(1))
        .join(' '),
    )
    .join('L')}Z`;
  const shape = { path, middle: toPicture(middleOf(place)) };
  shapes.set(key, shape);
  return shape;
}

function centreOf(wheel: Wheel): [number, number] {
  return [radius + wheels.indexOf(wheel) * 2 * radius, radius];
}

/** The five wheels, seen from +z, as the barrel is. */
export function Wheels({ cells, fillOf, focused, current, styles }: PictureProps) {
  return (
    <>
      {wheels.map((wheel) => {
        const [x, y] = centreOf(wheel);
        return (
          <g key={wheel} aria-hidden>
            <text x={x} y={y} fontSize={74} className={cx(styles.name, styles.wheel)}>
              {wheel > 0 ? `+${wheel}` : wheel === 0 ? '0' : `−${-wheel}`}
            </text>
            {Array.from({ length: 12 }, (_, index) => {
              const angle = (index * Math.PI) / 6;
              return (
                <text
                  key={index}
                  x={x + sectorNames * Math.cos(angle)}
                  y={y - sectorNames * Math.sin(angle)}
                  fontSize={20}
                  className={styles.name}
                >
                  {index + 1}
                </text>
              );
            })}
          </g>
        );
      })}
      {cells.map((cell) => (
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
    </>
  );
}

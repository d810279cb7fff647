import React from 'react';
import { cx } from '@emotion/css';
import { stations, wheels } from '@dtdqm/contract';
import type { BarrelCell } from '../../barrel/barrelModel.ts';
import { gridColumns, gridPlaceOf, gridRows } from '../../barrel/unrolled.ts';
import { ChamberShape } from './ChamberShape.tsx';
import type { PictureProps } from './Wheels.tsx';

const cell = { width: 30, height: 34 };
const gap = 3;
const block = { width: gridColumns * cell.width + 24, left: 30 };
const top = 34;
const bottom = 24;
export const gridSize = {
  width: wheels.length * block.width + block.left,
  height: top + gridRows * cell.height + bottom,
};

function cornerOf({ chamber }: BarrelCell): [number, number] {
  const { block: at, row, column } = gridPlaceOf(chamber);
  return [block.left + at * block.width + column * cell.width, top + row * cell.height];
}

/** The barrel cut open: a block a wheel, a row a station, a column a sector. */
export function Grid({ cells, fillOf, focused, current, styles }: PictureProps) {
  return (
    <>
      <g aria-hidden>
        {stations.map((station) => (
          <text
            key={station}
            x={block.left / 2 - 2}
            y={top + (gridRows - station + 0.5) * cell.height - gap / 2}
            fontSize={11}
            className={styles.name}
          >
            MB{station}
          </text>
        ))}
        {wheels.map((wheel, at) => (
          <g key={wheel}>
            <text
              x={block.left + at * block.width + (gridColumns * cell.width) / 2}
              y={top / 2 - 2}
              fontSize={14}
              className={cx(styles.name, styles.wheel)}
            >
              Wheel {wheel > 0 ? `+${wheel}` : wheel === 0 ? '0' : `−${-wheel}`}
            </text>
            {Array.from({ length: gridColumns }, (_, column) => (
              <text
                key={column}
                x={block.left + at * block.width + (column + 0.5) * cell.width - gap / 2}
                y={top + gridRows * cell.height + bottom / 2 - 2}
                fontSize={10}
                className={styles.name}
              >
                {column + 1}
              </text>
            ))}
          </g>
        ))}
      </g>
      {cells.map((each) => {
        const [x, y] = cornerOf(each);
        const [width, height] = [cell.width - gap, cell.height - gap];
        return (
          <ChamberShape
            key={each.key}
            cell={each}
            path={`M${x} ${y}h${width}v${height}h${-width}Z`}
            middle={[x + width / 2, y + height / 2]}
            glyphSize={16}
            fill={fillOf(each)}
            hasFocus={each.key === focused}
            isCurrent={each.key === current}
            styles={styles}
          />
        );
      })}
    </>
  );
}

import React from 'react';
import { cx } from '@emotion/css';
import { stations, wheels, type Wheel } from '@dtdqm/contract';
import { gridColumns, gridPlaceOf, gridRows } from '../../barrel/unrolled.ts';
import { ChamberShape } from './ChamberShape.tsx';
import type { PictureProps } from './Wheels.tsx';

const cell = { width: 30, height: 32 };
const gap = 3;
const left = 36;
const top = 26;
const bottom = 26;
/** One wheel, cut open. */
export const blockSize = {
  width: left + gridColumns * cell.width + 12,
  height: top + gridRows * cell.height + bottom,
};

/** The barrel cut open: a block a wheel, a row a station, a column a sector. */
export function Grid({ cells, columns, fillOf, focused, current, styles }: PictureProps) {
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
              const [x, y] = [left + column * cell.width, top + row * cell.height];
              const [width, height] = [cell.width - gap, cell.height - gap];
              return (
                <ChamberShape
                  key={each.key}
                  cell={each}
                  path={`M${x} ${y}h${width}v${height}h${-width}Z`}
                  middle={middles[row * gridColumns + column] ?? [x, y]}
                  glyphSize={16}
                  fill={fillOf(each)}
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

const middles = Array.from({ length: gridRows * gridColumns }, (_, at): [number, number] => [
  left + (at % gridColumns) * cell.width + (cell.width - gap) / 2,
  top + Math.floor(at / gridColumns) * cell.height + (cell.height - gap) / 2,
]);

function BlockNames({ wheel, styles }: { wheel: Wheel; styles: PictureProps['styles'] }) {
  return (
    <g aria-hidden>
      <text
        x={left + (12 * cell.width) / 2}
        y={top / 2}
        fontSize={15}
        className={cx(styles.name, styles.wheel)}
      >
        Wheel {wheel > 0 ? `+${wheel}` : wheel === 0 ? '0' : `−${-wheel}`}
      </text>
      {stations.map((station) => (
        <text
          key={station}
          x={left / 2}
          y={top + (gridRows - station + 0.5) * cell.height - gap / 2}
          fontSize={12}
          className={styles.name}
        >
          MB{station}
        </text>
      ))}
      {Array.from({ length: gridColumns }, (_, column) => (
        <text
          key={column}
          x={left + (column + 0.5) * cell.width - gap / 2}
          y={top + gridRows * cell.height + 8}
          fontSize={11}
          className={styles.name}
        >
          {column + 1}
        </text>
      ))}
    </g>
  );
}

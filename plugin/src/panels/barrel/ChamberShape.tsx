import React, { memo } from 'react';
import type { BarrelCell } from '../../barrel/barrelModel.ts';
import type { BarrelStyles } from './barrelStyles.ts';

interface Props {
  cell: BarrelCell;
  /** SVG path of its outline. */
  path: string;
  middle: readonly [number, number];
  glyphSize: number;
  fill: string | null;
  hasFocus: boolean;
  isCurrent: boolean;
  styles: BarrelStyles;
}

/** One chamber. Drawn anew only when something of it changed, so that an update of 250 costs little. */
export const ChamberShape = memo(
  function ChamberShape({ cell, path, middle, glyphSize, fill, hasFocus, isCurrent, styles }: Props) {
    return (
      <g
        role="button"
        aria-label={cell.label}
        data-chamber={cell.key}
        tabIndex={hasFocus ? 0 : -1}
        // Joined by hand: emotion's cx would merge the styles anew for each of 250 chambers.
        className={`${styles.chamber} ${styles[cell.condition]}${isCurrent ? ` ${styles.current}` : ''}`}
      >
        <path d={path} style={fill ? { fill } : undefined} />
        {cell.glyph ? (
          <text x={middle[0]} y={middle[1]} fontSize={glyphSize} aria-hidden>
            {cell.glyph}
          </text>
        ) : null}
      </g>
    );
  },
  (before, after) =>
    before.cell.condition === after.cell.condition &&
    before.cell.label === after.cell.label &&
    before.cell.glyph === after.cell.glyph &&
    before.path === after.path &&
    before.glyphSize === after.glyphSize &&
    before.fill === after.fill &&
    before.hasFocus === after.hasFocus &&
    before.isCurrent === after.isCurrent &&
    before.styles === after.styles,
);

import React from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { Theme } from '../../theme/theme.ts';

interface Props {
  /** Scores 0..1, oldest first; gaps where there is none. */
  values: readonly (number | null)[];
  /** Index of the run on display. */
  current: number;
  width: number;
  height: number;
}

/** A layer's score over recent runs; the run on display is the dot. */
export function Sparkline({ values, current, width, height }: Props) {
  const styles = useStyles2(getStyles);
  const inset = 3;
  const x = (index: number) => inset + (index * (width - 2 * inset)) / Math.max(1, values.length - 1);
  const y = (value: number) => height - inset - value * (height - 2 * inset);
  const path = values
    .map((value, index) => {
      if (value === null) return '';
      const joins = index > 0 && values[index - 1] !== null;
      return `${joins ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
  const now = values[current] ?? null;
  return (
    <svg width={width} height={height} aria-hidden className={styles.line}>
      <path d={path} />
      {now === null ? null : <circle cx={x(current)} cy={y(now)} r={2.5} />}
    </svg>
  );
}

function getStyles({ colors }: Theme) {
  return {
    line: css({
      display: 'block',
      '& path': { fill: 'none', stroke: colors.text.secondary, strokeWidth: 1.25 },
      '& circle': { fill: colors.text.primary },
    }),
  };
}

import React from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { Theme } from '../../theme/theme.ts';

const height = 44;

/** Values of either sign as bars about a common line; what speaks for bad points up and has the accent. */
export function Bars({ values, label }: { values: readonly number[]; label: string }) {
  const styles = useStyles2(getStyles);
  const top = Math.max(0, ...values);
  const bottom = Math.min(0, ...values);
  const span = top - bottom || 1;
  const zero = (top / span) * height;
  const isSigned = bottom < 0;
  return (
    <div className={styles.row}>
      <svg
        role="img"
        aria-label={`${label}, ${values.length} values from ${bottom.toPrecision(3)} to ${top.toPrecision(3)}`}
        viewBox={`0 0 ${values.length} ${height}`}
        preserveAspectRatio="none"
        className={styles.bars}
      >
        {values.map((value, index) => {
          const size = Math.max(0.4, (Math.abs(value) / span) * height);
          return (
            <rect
              key={index}
              className={isSigned && value > 0 ? styles.forBad : styles.plain}
              x={index + 0.08}
              width={0.84}
              y={value >= 0 ? zero - size : zero}
              height={size}
            />
          );
        })}
      </svg>
      <span className={styles.range}>
        {top.toPrecision(3)}
        <br />
        {bottom.toPrecision(3)}
      </span>
    </div>
  );
}

function getStyles({ colors, spacing, typography, visualization, isDark }: Theme) {
  return {
    row: css({ display: 'flex', gap: spacing(1), minWidth: 0 }),
    bars: css({ flex: 1, height, minWidth: 0 }),
    plain: css({ fill: colors.text.secondary }),
    forBad: css({ fill: visualization.getColorByName(isDark ? 'orange' : 'dark-orange') }),
    range: css({
      color: colors.text.secondary,
      fontSize: typography.size.xs,
      fontVariantNumeric: 'tabular-nums',
      textAlign: 'right',
      width: 64,
    }),
  };
}

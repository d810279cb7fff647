import React from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import { wordsOf } from '../../barrel/barrelModel.ts';
import { conditions, conditionSigns, type Condition } from '../../barrel/condition.ts';
import { getBarrelStyles } from './barrelStyles.ts';
import type { Theme } from '../../theme/theme.ts';

interface Props {
  counts: Record<Condition, number>;
  column: string | null;
  run: number | null;
  /** Bad layers of all chambers, where the barrel knows them. */
  badLayers: number | null;
}

/** What the looks mean and how many chambers there are of each; large enough to be read from afar. */
export function Legend({ counts, column, run, badLayers }: Props) {
  const styles = useStyles2(getStyles);
  const shapes = useStyles2(getBarrelStyles);
  return (
    <div className={styles.legend}>
      <span className={cx(styles.big, counts.bad > 0 && styles.loud)}>
        {counts.bad > 0 ? `${counts.bad} chamber${counts.bad === 1 ? '' : 's'} bad` : 'all quiet'}
      </span>
      {badLayers ? (
        <span className={styles.second}>
          {badLayers} layer{badLayers === 1 ? '' : 's'}
        </span>
      ) : null}
      {run === null ? null : <span>run {run}</span>}
      {column ? <span>by {wordsOf(column)}</span> : null}
      <span className={styles.space} />
      {conditions
        .filter((condition) => counts[condition] > 0)
        .map((condition) => (
          <span key={condition} className={styles.entry}>
            <svg width={18} height={14} aria-hidden className={cx(shapes.chamber, shapes[condition])}>
              <path d="M1 1h16v12h-16Z" />
              <text x={9} y={7.5} fontSize={9}>
                {conditionSigns[condition].glyph}
              </text>
            </svg>
            {counts[condition]} {conditionSigns[condition].label}
          </span>
        ))}
    </div>
  );
}

function getStyles({ colors, spacing, typography }: Theme) {
  return {
    legend: css({
      alignItems: 'baseline',
      color: colors.text.secondary,
      display: 'flex',
      flexWrap: 'wrap',
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      gap: spacing(0.5, 2),
    }),
    second: css({ color: colors.text.primary, fontSize: 'clamp(16px, 2cqi, 42px)', lineHeight: 1.1 }),
    big: css({
      color: colors.text.secondary,
      // Grows with the panel: on a wall display it is read from five metres.
      fontSize: 'clamp(24px, 3.5cqi, 72px)',
      fontWeight: typography.fontWeightMedium,
      lineHeight: 1.1,
    }),
    loud: css({ color: colors.error.text }),
    space: css({ flex: 1 }),
    entry: css({ alignItems: 'center', display: 'inline-flex', gap: spacing(0.5) }),
  };
}

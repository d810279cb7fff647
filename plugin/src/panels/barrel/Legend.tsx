import React from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import { conditions, conditionSigns, wordsOf, type Condition } from './model.ts';
import type { Theme } from '../../theme/theme.ts';

interface LegendProps {
  counts: Record<Condition, number>;
  column: string | null;
  run: number | null;
  /** Bad layers of all chambers, where the barrel knows them. */
  badLayers: number | null;
}

/** What the looks mean and how many chambers there are of each; large enough to be read from afar. */
export function Legend({ counts, column, run, badLayers }: LegendProps) {
  const styles = useStyles2(getLegendStyles);
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

function getLegendStyles({ colors, spacing, typography }: Theme) {
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

export type BarrelStyles = ReturnType<typeof getBarrelStyles>;

/** Ids of the hatchings that the SVG defines. */
export const hatchId = 'dtdqm-unknown';

/** Good is quiet, unknown is hatched, absent is empty, not yet scored is dotted, acknowledged is muted, bad is loud. */
export function getBarrelStyles({ colors, typography }: Theme) {
  const shape = (style: Record<string, string | number>, text: Record<string, string | number> = {}) =>
    css({ '& path': style, '& text': text });
  return {
    picture: css({ display: 'block', flexShrink: 0 }),
    chamber: css({
      cursor: 'pointer',
      outline: 'none',
      '& path': { strokeWidth: 1, vectorEffect: 'non-scaling-stroke' },
      '& text': {
        dominantBaseline: 'central',
        fontFamily: typography.fontFamily,
        fontVariantNumeric: 'tabular-nums',
        fontWeight: typography.fontWeightBold,
        pointerEvents: 'none',
        textAnchor: 'middle',
      },
      '&:hover path': { stroke: colors.text.primary, strokeWidth: 2 },
      '&:focus-visible path': { stroke: colors.primary.text, strokeWidth: 3 },
    }),
    current: css({
      '& path': { stroke: `${colors.text.maxContrast} !important`, strokeWidth: '2.5 !important' },
    }),
    good: shape({ fill: colors.background.secondary, stroke: colors.border.medium }),
    bad: shape({ fill: colors.error.main, stroke: colors.error.main }, { fill: colors.error.contrastText }),
    acknowledged: shape(
      { fill: colors.background.secondary, stroke: colors.error.border, strokeDasharray: '4 2' },
      { fill: colors.error.text },
    ),
    unknown: shape({ fill: `url(#${hatchId})`, stroke: colors.border.strong }, { fill: colors.text.primary }),
    unscored: shape(
      { fill: colors.background.primary, stroke: colors.border.strong, strokeDasharray: '1.5 3' },
      { fill: colors.text.secondary },
    ),
    absent: shape({ fill: 'none', stroke: colors.border.weak, strokeDasharray: '3 3' }),
    name: css({
      fill: colors.text.secondary,
      fontFamily: typography.fontFamily,
      fontVariantNumeric: 'tabular-nums',
      textAnchor: 'middle',
      dominantBaseline: 'central',
    }),
    wheel: css({ fill: colors.text.primary, fontWeight: typography.fontWeightMedium }),
  };
}

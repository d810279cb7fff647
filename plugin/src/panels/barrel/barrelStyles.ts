import { css } from '@emotion/css';
import type { Theme } from '../../theme/theme.ts';

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

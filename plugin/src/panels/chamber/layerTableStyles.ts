import { css } from '@emotion/css';
import { keyStyle } from '../../theme/theme.ts';
import { cornerRadius, type Theme } from '../../theme/theme.ts';

export function getLayerTableStyles(theme: Theme) {
  const { colors, spacing, typography } = theme;
  return {
    table: css({ fontSize: typography.bodySmall.fontSize, position: 'relative' }),
    row: css({
      alignItems: 'center',
      display: 'flex',
      gap: spacing(1),
      left: 0,
      lineHeight: 1.4,
      overflow: 'hidden',
      position: 'absolute',
      right: 0,
      whiteSpace: 'nowrap',
      '& > :first-child': { flexShrink: 0 },
    }),
    label: css({ color: colors.text.secondary }),
    score: css({ alignItems: 'center', display: 'flex', flexShrink: 0, gap: spacing(0.75) }),
    bar: css({ background: colors.background.secondary, height: 6, width: 56 }),
    fill: css({ background: colors.text.disabled, display: 'block', height: '100%' }),
    badFill: css({ background: colors.error.main }),
    number: css({
      color: colors.text.secondary,
      fontVariantNumeric: 'tabular-nums',
      minWidth: 28,
      textAlign: 'right',
    }),
    verdict: css({
      color: colors.text.secondary,
      flex: '1 1 auto',
      minWidth: 52,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
    }),
    fault: css({ color: colors.text.primary }),
    bad: css({ color: colors.error.text, fontWeight: typography.fontWeightMedium }),
    peers: css({ color: colors.text.secondary, display: 'flex', flexShrink: 0, gap: spacing(0.5) }),
    key: css({ ...keyStyle(theme), border: 0, padding: '2px 4px' }),
    button: css({
      alignItems: 'center',
      background: 'transparent',
      border: `1px solid ${colors.border.medium}`,
      borderRadius: cornerRadius(theme),
      color: colors.text.primary,
      display: 'inline-flex',
      fontSize: typography.bodySmall.fontSize,
      gap: spacing(0.75),
      lineHeight: 1,
      padding: '0 6px 0 2px',
      width: 92,
      '&:hover': { background: colors.action.hover },
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
    }),
    unanswered: css({ borderStyle: 'dashed', color: colors.text.secondary }),
    saidGood: css({ borderColor: colors.border.weak, color: colors.text.secondary }),
    saidBad: css({
      background: colors.error.main,
      borderColor: colors.error.main,
      color: colors.error.contrastText,
      fontWeight: typography.fontWeightMedium,
      '&:hover': { background: colors.error.shade },
    }),
    saidNotSure: css({ borderColor: colors.warning.border, color: colors.warning.text }),
  };
}

import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { inputStyle } from '../../theme/theme.ts';

/** New is loud, unconfirmed is dashed, acknowledged and shelved are muted, healed is quiet. */
export function getIncidentStyles(theme: GrafanaTheme2) {
  const { colors, spacing, typography } = theme;
  const edge = (colour: string) => css({ borderLeftColor: colour });
  return {
    panel: css({ containerType: 'inline-size', display: 'flex', flexDirection: 'column', height: '100%' }),
    summary: css({
      alignItems: 'baseline',
      color: colors.text.secondary,
      display: 'flex',
      flexWrap: 'wrap',
      fontVariantNumeric: 'tabular-nums',
      gap: spacing(0.5, 2),
    }),
    big: css({
      fontSize: 'clamp(24px, 5cqi, 56px)',
      fontWeight: typography.fontWeightMedium,
      lineHeight: 1.1,
    }),
    loud: css({ color: colors.error.text }),
    stale: css({ color: colors.warning.text, margin: 0 }),
    list: css({ flex: '1 1 0', minHeight: 0, overflow: 'auto' }),
    group: css({
      ...typography.bodySmall,
      color: colors.text.secondary,
      margin: spacing(1.5, 0, 0.5),
    }),
    rows: css({ listStyle: 'none', margin: 0, padding: 0 }),
    row: css({
      alignItems: 'baseline',
      background: 'transparent',
      border: 0,
      borderBottom: `1px solid ${colors.border.weak}`,
      borderLeft: '3px solid transparent',
      color: colors.text.primary,
      // Columns of their own, so that they stand below one another whatever a line says; on two lines where there is no room for one.
      display: 'grid',
      gap: spacing(0, 1.5),
      gridTemplateColumns: '1.4em 11em minmax(0, 1fr) 4.5em',
      padding: spacing(0.75, 1),
      textAlign: 'left',
      width: '100%',
      '&:hover': { background: colors.action.hover },
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}`, outlineOffset: -2 },
    }),
    chosen: css({ boxShadow: `inset 0 0 0 1px ${colors.text.secondary}` }),
    below: css({ lineHeight: 0, padding: spacing(0.25, 0, 0.5, 4.5) }),
    seen: css({
      color: colors.text.secondary,
      fontVariantNumeric: 'tabular-nums',
      fontWeight: typography.fontWeightRegular,
    }),
    new: css(edge(colors.error.main), { fontWeight: typography.fontWeightMedium }),
    unconfirmed: css({ borderLeftColor: colors.error.border, borderLeftStyle: 'dashed' }),
    acknowledged: css({ '&&': { color: colors.text.secondary } }),
    shelved: css({ '&&': { color: colors.text.secondary } }),
    healed: css({ '&&': { color: colors.text.secondary } }),
    glyph: css({ textAlign: 'center' }),
    chamber: css({ fontVariantNumeric: 'tabular-nums' }),
    what: css({ minWidth: 0 }),
    where: css({ color: colors.text.secondary, fontWeight: typography.fontWeightRegular }),
    severity: css({ color: colors.text.secondary }),
    critical: css({ color: colors.error.text }),
    since: css({
      color: colors.text.secondary,
      fontVariantNumeric: 'tabular-nums',
      fontWeight: typography.fontWeightRegular,
      gridColumn: 2,
    }),
    care: css({ color: colors.text.secondary, gridColumn: '2 / -1', '&:empty': { display: 'none' } }),
    card: css({
      background: colors.background.secondary,
      borderRadius: theme.shape.radius.default,
      display: 'flex',
      flexDirection: 'column',
      gap: spacing(1),
      margin: spacing(0.5, 0, 1),
      padding: spacing(1.5),
    }),
    evidence: css({ color: colors.text.primary, margin: 0 }),
    acts: css({ display: 'flex', flexWrap: 'wrap', gap: spacing(1) }),
    form: css({ alignItems: 'flex-end', display: 'flex', flexWrap: 'wrap', gap: spacing(1) }),
    field: css({ color: colors.text.secondary, display: 'flex', flex: '0 1 220px', flexDirection: 'column' }),
    select: css({
      ...inputStyle(theme),
      height: spacing(4),
    }),
    fault: css({ color: colors.error.text, flexBasis: '100%' }),
    problem: css({ color: colors.error.text, margin: 0 }),
    events: css({
      color: colors.text.primary,
      fontSize: typography.bodySmall.fontSize,
      listStyle: 'none',
      margin: 0,
      padding: 0,
    }),
    when: css({
      color: colors.text.secondary,
      display: 'inline-block',
      fontVariantNumeric: 'tabular-nums',
      marginRight: spacing(1.5),
      minWidth: '17em',
    }),
  };
}

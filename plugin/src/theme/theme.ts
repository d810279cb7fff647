import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';

/** For what screen readers should find and eyes need not. */
export const visuallyHidden = css({
  border: 0,
  clip: 'rect(0 0 0 0)',
  height: 1,
  margin: -1,
  overflow: 'hidden',
  padding: 0,
  position: 'absolute',
  whiteSpace: 'nowrap',
  width: 1,
});

/** How a field or a list to choose from is drawn, beside its height. */
export function inputStyle(theme: GrafanaTheme2) {
  const { colors, components, shape, spacing } = theme;
  return {
    background: components.input.background,
    border: `1px solid ${components.input.borderColor}`,
    borderRadius: shape.radius.default,
    color: components.input.text,
    padding: spacing(0, 1),
    '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
  };
}

/** What appears beside the pointer, wherever it is placed. */
export function tooltipStyle(theme: GrafanaTheme2) {
  const { colors, shadows, shape, spacing, typography, zIndex } = theme;
  return {
    background: colors.background.elevated,
    border: `1px solid ${colors.border.medium}`,
    borderRadius: shape.radius.default,
    boxShadow: shadows.z3,
    fontSize: typography.bodySmall.fontSize,
    padding: spacing(1),
    position: 'absolute' as const,
    zIndex: zIndex.tooltip,
  };
}

/** How a key is drawn, wherever it is named. */
export function keyStyle(theme: GrafanaTheme2) {
  const { colors, shape, typography } = theme;
  return {
    border: `1px solid ${colors.border.strong}`,
    borderRadius: shape.radius.default,
    background: colors.background.canvas,
    color: colors.text.primary,
    boxShadow: 'none',
    display: 'inline-block',
    fontFamily: typography.fontFamilyMonospace,
    fontSize: typography.size.xs,
    lineHeight: 1,
    minWidth: 18,
    padding: '3px 5px',
    textAlign: 'center' as const,
  };
}

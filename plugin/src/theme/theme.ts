import { css } from '@emotion/css';
// The only file that may name Grafana's own type, which has tokens that Grafana 9.4 has not.
// eslint-disable-next-line no-restricted-imports
import type { GrafanaTheme2 } from '@grafana/data';

type Colors = GrafanaTheme2['colors'];
type RichColour = 'primary' | 'secondary' | 'info' | 'error' | 'success' | 'warning';

/**
 * Tokens of Grafana's theme that every version from 9.4 on has. Styles take this and not `GrafanaTheme2`, so that a newer token
 * does not compile; for what has another name in another version there is a function below.
 */
export interface Theme extends Pick<
  GrafanaTheme2,
  'isDark' | 'spacing' | 'typography' | 'shadows' | 'zIndex' | 'visualization'
> {
  colors: Pick<Colors, 'text' | 'border' | RichColour> & {
    background: Pick<Colors['background'], 'canvas' | 'primary' | 'secondary'>;
    action: Pick<Colors['action'], 'hover' | 'selected'>;
  };
  components: Pick<GrafanaTheme2['components'], 'input'>;
  shape: object;
}

/** Shapes of a theme: 9.4 has the function only, later versions have both and call the function deprecated. */
interface Shape {
  radius?: { default: string };
  borderRadius?: () => string;
}

/** Radius of corners, as CSS. */
export function cornerRadius({ shape }: Pick<Theme, 'shape'>): string {
  const { radius, borderRadius } = shape as Shape;
  return radius?.default ?? borderRadius?.() ?? '2px';
}

/** Background of what lies over a panel; newer themes have a colour for it. */
export function elevatedBackground({ colors: { background } }: Pick<Theme, 'colors'>): string {
  return (background as { elevated?: string }).elevated ?? background.secondary;
}

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
export function inputStyle(theme: Theme) {
  const { colors, components, spacing } = theme;
  return {
    background: components.input.background,
    border: `1px solid ${components.input.borderColor}`,
    borderRadius: cornerRadius(theme),
    color: components.input.text,
    padding: spacing(0, 1),
    '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
  };
}

/** How a key is drawn, wherever it is named. */
export function keyStyle(theme: Theme) {
  const { colors, typography } = theme;
  return {
    border: `1px solid ${colors.border.strong}`,
    borderRadius: cornerRadius(theme),
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

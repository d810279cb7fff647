import { useMemo } from 'react';
import { useTheme2 } from '@grafana/ui';
import type { Look } from './look.ts';
import type { Theme } from '../theme/theme.ts';

/** Colours and fonts of a picture, from Grafana's theme. */
export function useLook(): Look {
  const theme = useTheme2();
  return useMemo(() => lookOf(theme), [theme]);
}

export function lookOf(theme: Theme): Look {
  const { colors, typography } = theme;
  return {
    background: colors.background.primary,
    text: colors.text.primary,
    mutedText: colors.text.secondary,
    noHit: colors.text.primary,
    noHitFill: colors.background.canvas,
    noWire: colors.border.strong,
    accent: accentOf(theme),
    font: `${typography.body.fontSize} ${typography.fontFamily}`,
    smallFont: `11px ${typography.fontFamily}`,
  };
}

/** The one strong colour for "look here": Grafana's orange, which no palette of ours contains at the low end. */
export function accentOf(theme: Theme): string {
  return theme.visualization.getColorByName(theme.isDark ? 'orange' : 'dark-orange');
}

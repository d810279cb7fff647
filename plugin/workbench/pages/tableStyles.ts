import { css } from '@emotion/css';
import type { Theme } from '../../src/theme/theme.ts';

/** Pages that are a table: numbers align, lines are quiet. */
export function getTableStyles({ colors, spacing, typography }: Theme) {
  return {
    page: css({ display: 'flex', flexDirection: 'column', gap: spacing(1.5), padding: spacing(2) }),
    intro: css({ color: colors.text.secondary, margin: 0 }),
    table: css({
      fontVariantNumeric: 'tabular-nums',
      width: 'auto',
      alignSelf: 'flex-start',
      '& th, & td': {
        borderBottom: `1px solid ${colors.border.weak}`,
        padding: spacing(0.75, 2, 0.75, 0),
        textAlign: 'left',
        whiteSpace: 'nowrap',
      },
      '& thead th': { color: colors.text.secondary, fontWeight: typography.fontWeightRegular },
    }),
    number: css({ '&&': { textAlign: 'right' } }),
    quiet: css({ color: colors.text.secondary }),
    link: css({
      color: colors.text.link,
      fontWeight: typography.fontWeightMedium,
      '&:hover': { textDecoration: 'underline' },
    }),
    pager: css({ alignItems: 'center', color: colors.text.secondary, display: 'flex', gap: spacing(2) }),
  };
}

import React, { type ReactNode } from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import { cornerRadius, type Theme } from '../../src/theme/theme.ts';

/** A page of one panel: its controls above, the panel below it filling what is left. */
export function PageFrame({ controls, children }: { controls?: ReactNode; children: ReactNode }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.frame}>
      {controls ? <div className={styles.controls}>{controls}</div> : null}
      <div className={styles.panel}>{children}</div>
    </div>
  );
}

function getStyles(theme: Theme) {
  const { colors, spacing } = theme;
  return {
    frame: css({
      display: 'flex',
      flex: '1 1 0',
      flexDirection: 'column',
      gap: spacing(1.5),
      minHeight: 0,
      padding: spacing(2),
    }),
    controls: css({ alignItems: 'center', display: 'flex', flexWrap: 'wrap', gap: spacing(1, 2) }),
    panel: css({
      background: colors.background.primary,
      border: `1px solid ${colors.border.weak}`,
      borderRadius: cornerRadius(theme),
      display: 'flex',
      flex: '1 1 0',
      flexDirection: 'column',
      minHeight: 420,
      padding: spacing(2),
    }),
  };
}

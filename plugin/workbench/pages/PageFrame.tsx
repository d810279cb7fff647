import React, { type ReactNode } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

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

function getStyles({ colors, shape, spacing }: GrafanaTheme2) {
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
      borderRadius: shape.radius.default,
      display: 'flex',
      flex: '1 1 0',
      flexDirection: 'column',
      minHeight: 420,
      padding: spacing(2),
    }),
  };
}

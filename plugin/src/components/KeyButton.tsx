import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2, type ButtonProps } from '@grafana/ui';

type Props = Omit<ButtonProps, 'aria-label'> & {
  /** Key as the registry shows it. */
  shown: string;
  label: string;
};

/** A button that shows the key which does the same. */
export function KeyButton({ shown, label, ...button }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <Button size="sm" variant="secondary" aria-keyshortcuts={shown === '⏎' ? 'Enter' : shown} {...button}>
      {label}
      <kbd className={styles.key} aria-hidden>
        {shown}
      </kbd>
    </Button>
  );
}

/** How a key is drawn, wherever it is named. */
export function keyStyle({ colors, shape, typography }: GrafanaTheme2) {
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

function getStyles(theme: GrafanaTheme2) {
  return { key: css({ ...keyStyle(theme), marginLeft: theme.spacing(1) }) };
}

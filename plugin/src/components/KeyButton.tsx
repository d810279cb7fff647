import React from 'react';
import { css } from '@emotion/css';
import { Button, useStyles2, type ButtonProps } from '@grafana/ui';
import { cornerRadius, type Theme } from '../theme/theme.ts';

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

function getStyles(theme: Theme) {
  return { key: css({ ...keyStyle(theme), marginLeft: theme.spacing(1) }) };
}

import React from 'react';
import { css, cx } from '@emotion/css';
import { Icon, useStyles2 } from '@grafana/ui';
import { nextStep } from '../../api/problem.ts';
import type { OutboxStatus } from '../../labelling/outbox.ts';
import type { Theme } from '../../theme/theme.ts';

/** Whether what was said has arrived. Quiet while it has; says what is the matter when sending pauses. */
export function OutboxBadge({
  status,
  count,
  retry,
}: {
  status: OutboxStatus;
  count: number;
  retry: () => void;
}) {
  const styles = useStyles2(getStyles);
  const { pending, problem } = status;
  const labels = `${count} label${count === 1 ? '' : 's'}`;
  if (problem && pending > 0) {
    return (
      <button
        type="button"
        className={cx(styles.badge, styles.waiting)}
        onClick={retry}
        title={problem.message}
      >
        <Icon name="exclamation-triangle" /> {pending} waiting: {nextStep[problem.kind].title.toLowerCase()}
      </button>
    );
  }
  return (
    <span className={styles.badge} role="status">
      <Icon name={pending ? 'sync' : 'check'} />{' '}
      {pending ? `${labels}, ${pending} on the way` : `${labels}, all saved`}
    </span>
  );
}

function getStyles({ colors, spacing, typography }: Theme) {
  return {
    badge: css({
      alignItems: 'center',
      background: 'none',
      border: 0,
      color: colors.text.secondary,
      display: 'inline-flex',
      fontSize: typography.bodySmall.fontSize,
      gap: spacing(0.5),
      padding: 0,
      whiteSpace: 'nowrap',
    }),
    waiting: css({ color: colors.warning.text }),
  };
}

import React, { type ReactNode } from 'react';
import { css } from '@emotion/css';
import { Button, Icon, type IconName, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { nextStep, type Problem, type ProblemKind } from '../api/problem.ts';

interface Props {
  icon: IconName;
  title: string;
  children?: ReactNode;
  /** Buttons or links: the next step. */
  action?: ReactNode;
  /** For what went wrong; read out at once. */
  urgent?: boolean;
}

/** What stands where a picture cannot: what is the matter, and what to do about it. */
export function Message({ icon, title, children, action, urgent = false }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.frame} role={urgent ? 'alert' : 'status'}>
      <div className={styles.message}>
        <Icon name={icon} size="xxl" className={styles.icon} />
        <p className={styles.title}>{title}</p>
        <div className={styles.text}>{children}</div>
        {action ? <div className={styles.action}>{action}</div> : null}
      </div>
    </div>
  );
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    frame: css({ display: 'flex', flex: 1, height: '100%', overflow: 'auto', padding: spacing(2) }),
    message: css({ margin: 'auto', maxWidth: '52ch', textAlign: 'center', color: colors.text.secondary }),
    icon: css({ color: colors.text.secondary, marginBottom: spacing(1) }),
    title: css({
      color: colors.text.primary,
      fontSize: typography.h4.fontSize,
      fontWeight: typography.fontWeightMedium,
      margin: 0,
    }),
    text: css({ marginTop: spacing(0.5), '& code': { overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' } }),
    action: css({ display: 'flex', gap: spacing(1), justifyContent: 'center', marginTop: spacing(2) }),
  };
}

const icons: Partial<Record<ProblemKind, IconName>> = {
  unreachable: 'plug',
  unauthorised: 'lock',
  forbidden: 'lock',
  'not-found': 'search',
  'too-many': 'clock-nine',
  unavailable: 'database',
};

/** A failed request as a full page: what happened, what to do, what the API said, and a way to try again. */
export function ProblemMessage({ problem, retry }: { problem: Problem; retry?: (() => void) | undefined }) {
  const { title, advice } = nextStep[problem.kind];
  return (
    <Message
      urgent
      icon={icons[problem.kind] ?? 'exclamation-triangle'}
      title={title}
      action={
        retry ? (
          <Button variant="secondary" icon="sync" onClick={retry}>
            Try again
          </Button>
        ) : undefined
      }
    >
      <p>{advice}</p>
      <p>
        <code>{problem.message}</code>
      </p>
    </Message>
  );
}

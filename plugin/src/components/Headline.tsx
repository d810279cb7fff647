import React from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { RunStart } from './controls.tsx';
import { nextStep } from '../api/problem.ts';
import type { Detector } from './useDetector.ts';

interface Props {
  detector: Detector;
  /** For a page that is about the detector, to be read from afar. */
  isLarge?: boolean;
}

/**
 * The detector in one line, as the monitor says it, and why it is not known that all is well. When the monitor does not answer, that
 * takes the line's place in full size, and what it said last is struck out.
 */
export function Headline({ detector: { state, heardAt, problem }, isLarge = false }: Props) {
  const styles = useStyles2(getStyles);
  if (problem) {
    return (
      <div className={styles.band} role="alert">
        <span className={cx(styles.line, styles.large, styles.lost)}>
          NOT CONNECTED since {clock(heardAt)}
        </span>
        <span className={styles.doubts}>{nextStep[problem.kind].title}</span>
        {state ? <s className={styles.old}>{state.headline}</s> : null}
      </div>
    );
  }
  if (!state) return <div className={styles.band} />;
  const { headline, doubts, tone, run, startedAt } = state;
  return (
    <div className={styles.band} role="status">
      <span className={cx(styles.line, isLarge && styles.large, styles[tone])} data-tone={tone}>
        {headline}
      </span>
      {run === null ? null : (
        <span>
          run start: <RunStart at={startedAt} />
        </span>
      )}
      {doubts.length > 0 ? <span className={styles.doubts}>{doubts.join('; ')}</span> : null}
    </div>
  );
}

/** `09:05`, and the day when it is not today. */
function clock(at: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return date.toDateString() === new Date().toDateString()
    ? time
    : `${date.toLocaleDateString('en-GB')} ${time}`;
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    band: css({
      alignItems: 'baseline',
      color: colors.text.secondary,
      display: 'flex',
      flexWrap: 'wrap',
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      gap: spacing(0, 2),
      minHeight: '1.5em',
    }),
    line: css({ color: colors.text.primary, fontWeight: typography.fontWeightMedium }),
    large: css({ fontSize: 'clamp(18px, 1.65vw, 64px)', lineHeight: 1.2 }),
    loud: css({ color: colors.error.text }),
    quiet: css({ color: colors.success.text }),
    doubt: css({ color: colors.text.primary }),
    lost: css({ color: colors.warning.text }),
    doubts: css({ color: colors.warning.text }),
    old: css({ color: colors.text.secondary }),
  };
}

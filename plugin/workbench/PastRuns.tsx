import React from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import type { ChamberId } from '@dtdqm/contract';
import { chamberParams } from '../src/api/monitorApi.ts';
import { followLink } from './host.ts';
import type { RunMark } from './pastRuns.ts';

interface Props {
  marks: readonly RunMark[];
  chamber: ChamberId;
  /** In a list, where Tab would stop at each of them: a click will do. */
  isAside?: boolean;
}

/** A mark a run, oldest first; each leads to the chamber in that run. */
export function PastRuns({ marks, chamber, isAside = false }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <span className={styles.marks} role="group" aria-label={`Last ${marks.length} runs`}>
      {marks.map(({ run, condition, words }) => (
        <a
          key={run}
          href={`/eval/${chamberParams({ ...chamber, run })}/`}
          onClick={followLink}
          tabIndex={isAside ? -1 : undefined}
          title={`run ${run}: ${words}`}
          aria-label={`run ${run}: ${words}`}
          className={cx(styles.mark, styles[condition])}
        />
      ))}
    </span>
  );
}

function getStyles({ colors }: GrafanaTheme2) {
  const loud = css({ background: colors.error.main, borderColor: colors.error.main });
  const hatched = css({
    backgroundImage: `repeating-linear-gradient(45deg, ${colors.border.strong} 0 2px, transparent 2px 5px)`,
  });
  return {
    marks: css({ display: 'inline-flex', gap: 2, height: 14 }),
    mark: css({
      border: `1px solid ${colors.border.strong}`,
      display: 'inline-block',
      height: 14,
      width: 12,
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
    }),
    ...{ dead: loud, bad: loud },
    ...{ unknown: hatched, absent: hatched, failed: hatched },
    // Lower than a bad one, so that the two differ without colour.
    good: css({ alignSelf: 'flex-end', height: 7 }),
  };
}

import React from 'react';
import { css, cx } from '@emotion/css';
import { IconButton, useStyles2 } from '@grafana/ui';
import type { Run, RunStatus } from '@dtdqm/contract';
import { Moment } from '../components/controls.tsx';
import type { Theme } from '../theme/theme.ts';

interface Props {
  runs: readonly Run[];
  /** Runs that are about to be deleted. */
  leaving: readonly number[];
  open: (run: number) => void;
  refetch: (run: number) => void;
  reevaluate: (run: number) => void;
  exportRun: (run: number) => void;
  remove: (run: Run) => void;
}

const allChambers = 250;

const statusWords: Record<RunStatus, string> = {
  LOADING: 'being fetched',
  FINISHED: 'finished',
  ERROR: 'error',
  PENDING_REEVALUATION: 'waits to be scored anew',
  REEVALUATING: 'being scored anew',
};

export function RunTable({ runs, leaving, open, refetch, reevaluate, exportRun, remove }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">State</th>
          <th scope="col" className={styles.number}>
            Chambers
          </th>
          <th scope="col" className={styles.number}>
            Bad layers
          </th>
          <th scope="col">Model</th>
          <th scope="col">Updated</th>
          <th scope="col">Actions</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.run} className={cx(leaving.includes(run.run) && styles.leaving)}>
            <th scope="row">
              <button type="button" className={styles.link} onClick={() => open(run.run)}>
                {run.run}
              </button>
            </th>
            <td>
              <State run={run} />
            </td>
            <td className={styles.number}>
              {run.chambers}
              {run.absentChambers ? (
                <span className={styles.quiet}> · {run.absentChambers} absent</span>
              ) : null}
              {run.failedChambers ? (
                <span className={styles.loud}> · {run.failedChambers} failed</span>
              ) : null}
            </td>
            <td className={cx(styles.number, Boolean(run.badLayers) && styles.loud)}>
              {run.badLayers ?? '–'}
            </td>
            <td className={styles.quiet}>{run.model ?? '–'}</td>
            <td className={styles.quiet}>
              <Moment at={run.updatedAt} />
            </td>
            <td>
              <div className={styles.actions}>
                <IconButton
                  name="sync"
                  title="Fetch again"
                  aria-label={`Fetch run ${run.run} again`}
                  onClick={() => refetch(run.run)}
                />
                <IconButton
                  name="calculator-alt"
                  title="Score anew"
                  aria-label={`Score run ${run.run} anew`}
                  onClick={() => reevaluate(run.run)}
                />
                <IconButton
                  name="save"
                  title="Export as CSV"
                  aria-label={`Export run ${run.run} as CSV`}
                  onClick={() => exportRun(run.run)}
                />
                <IconButton
                  name="trash-alt"
                  title="Delete"
                  aria-label={`Delete run ${run.run}`}
                  onClick={() => remove(run)}
                />
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** State in words; how far a fetch has come, and why one failed. */
function State({ run: { status, error, chambers, absentChambers, closed } }: { run: Run }) {
  const styles = useStyles2(getStyles);
  const done = chambers + absentChambers;
  return (
    <>
      <span className={cx(status === 'ERROR' && styles.loud)}>
        {status === 'ERROR' ? '▲ ' : ''}
        {statusWords[status]}
        {status === 'FINISHED' && !closed ? <span className={styles.quiet}> · still growing</span> : null}
      </span>
      {status === 'LOADING' ? (
        <progress className={styles.progress} value={done} max={allChambers} aria-label="Chambers fetched" />
      ) : null}
      {error ? (
        <details>
          <summary>Why</summary>
          <code className={styles.error}>{error}</code>
        </details>
      ) : null}
    </>
  );
}

function getStyles({ colors, spacing, typography }: Theme) {
  return {
    table: css({
      fontVariantNumeric: 'tabular-nums',
      width: '100%',
      '& th, & td': {
        borderBottom: `1px solid ${colors.border.weak}`,
        padding: spacing(0.75, 1.5),
        textAlign: 'left',
        verticalAlign: 'top',
      },
      '& thead th': { color: colors.text.secondary, fontWeight: typography.fontWeightRegular },
      '& tbody tr:hover': { background: colors.action.hover },
    }),
    number: css({ '&&': { textAlign: 'right' } }),
    link: css({
      background: 'none',
      border: 0,
      color: colors.text.link,
      fontWeight: typography.fontWeightMedium,
      padding: 0,
      '&:hover': { textDecoration: 'underline' },
    }),
    quiet: css({ color: colors.text.secondary }),
    loud: css({ color: colors.error.text }),
    leaving: css({ '& th, & td': { textDecoration: 'line-through' } }),
    actions: css({ display: 'flex', gap: spacing(1) }),
    progress: css({
      accentColor: colors.primary.main,
      display: 'block',
      height: 6,
      marginTop: 4,
      width: 140,
    }),
    error: css({ whiteSpace: 'pre-wrap' }),
  };
}

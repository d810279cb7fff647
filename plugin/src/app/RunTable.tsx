import React from 'react';
import { css, cx } from '@emotion/css';
import { IconButton, useStyles2, type IconName } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { allChambers, type Run } from '@dtdqm/contract';
import { Moment, RunStart } from '../components/controls.tsx';
import { DataTable, type Column } from '../components/DataTable.tsx';
import { statusWords } from './useRuns.ts';

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

export function RunTable({ runs, leaving, open, refetch, reevaluate, exportRun, remove }: Props) {
  const styles = useStyles2(getStyles);
  const quiet = (text: React.ReactNode) => <span className={styles.quiet}>{text}</span>;
  const action = (icon: IconName, title: string, label: string, act: () => void) => (
    <IconButton name={icon} title={title} aria-label={label} onClick={act} />
  );
  const columns: Column<Run>[] = [
    {
      title: 'Run',
      cell: ({ run }) => (
        <button type="button" className={styles.link} onClick={() => open(run)}>
          {run}
        </button>
      ),
    },
    { title: 'State', cell: (run) => <State run={run} /> },
    {
      title: 'Chambers',
      isNumber: true,
      cell: ({ chambers, absentChambers, failedChambers }) => (
        <>
          {chambers}
          {absentChambers ? quiet(` · ${absentChambers} absent`) : null}
          {failedChambers ? <span className={styles.loud}> · {failedChambers} failed</span> : null}
        </>
      ),
    },
    {
      title: 'Bad layers',
      isNumber: true,
      cell: ({ badLayers }) => (
        <span className={cx(Boolean(badLayers) && styles.loud)}>{badLayers ?? '–'}</span>
      ),
    },
    { title: 'Model', cell: ({ model }) => quiet(model ?? '–') },
    { title: 'Began', cell: ({ startedAt }) => quiet(<RunStart at={startedAt} />) },
    { title: 'Updated', cell: ({ updatedAt }) => quiet(<Moment at={updatedAt} />) },
    {
      title: 'Actions',
      cell: (run) => (
        <div className={styles.actions}>
          {action('sync', 'Fetch again', `Fetch run ${run.run} again`, () => refetch(run.run))}
          {action('calculator-alt', 'Score anew', `Score run ${run.run} anew`, () => reevaluate(run.run))}
          {action('save', 'Export as CSV', `Export run ${run.run} as CSV`, () => exportRun(run.run))}
          {action('trash-alt', 'Delete', `Delete run ${run.run}`, () => remove(run))}
        </div>
      ),
    },
  ];
  return (
    <DataTable
      isWide
      columns={columns}
      rows={runs}
      keyOf={({ run }) => run}
      classOf={({ run }) => (leaving.includes(run) ? styles.leaving : undefined)}
    />
  );
}

/** What is believed of the run at the DQM server, behind its status; what is over and whole needs no words. */
const lifeWords: Record<Run['life'], string> = {
  listed: ' · nothing had yet',
  growing: ' · still growing',
  settling: ' · settling',
  final: '',
  reopened: ' · grew again',
  incomplete: ' · over, not whole',
  error: '',
};

/** State in words; how far a fetch has come, and why one failed. */
function State({ run }: { run: Run }) {
  const { status, error, chambers, absentChambers, keptChambers, coverage } = run;
  const styles = useStyles2(getStyles);
  return (
    <>
      <span className={cx(status === 'ERROR' && styles.loud)}>
        {status === 'ERROR' ? '▲ ' : ''}
        {statusWords[status]}
        <span className={styles.quiet} title={run.lifeReason ?? undefined}>
          {lifeWords[run.life]}
        </span>
      </span>
      {keptChambers > 0 ? (
        <div className={styles.loud}>▲ {keptChambers} chambers kept from before</div>
      ) : null}
      {status === 'LOADING' ? (
        <progress
          className={styles.progress}
          value={chambers + absentChambers}
          max={allChambers.length}
          aria-label="Chambers fetched"
        />
      ) : null}
      {error || coverage ? (
        <details>
          <summary>Why</summary>
          <code className={styles.error}>{error ?? coverage}</code>
        </details>
      ) : null}
    </>
  );
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
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

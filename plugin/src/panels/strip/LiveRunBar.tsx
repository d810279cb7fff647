import React from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { allChambers, type RunChange, type RunLook, type RunSlices } from '@dtdqm/contract';
import { ChangeList } from './ChangeList.tsx';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { useNow } from '../../components/controls.tsx';
import type { Detector } from '../../components/useDetector.ts';
import { useQuery } from '../../components/useQuery.ts';
import { livenessOf, runInProgress, type Liveness } from '../../strip/moments.ts';

interface Props {
  /** As `useLiveRun` gives it. */
  live: LiveRun | 'none' | null;
  open: (change: RunChange) => void;
}

/** The run in progress in a line that can be read from afar, and what changed in it, newest first. */
export function LiveRunBar({ live, open }: Props) {
  const styles = useStyles2(getStyles);
  if (live === null) return null;
  if (live === 'none') return <p className={styles.quiet}>No run is in progress.</p>;
  const { run, liveness, inside } = live;
  const { changes, looks } = inside;
  const last = looks.at(-1);
  return (
    <section className={styles.bar} aria-label="Run in progress">
      <p className={styles.line} role={liveness.tone === 'stopped' ? 'alert' : 'status'}>
        <span className={cx(styles.big, liveness.tone === 'stopped' && styles.stopped)}>
          run {run}, {liveness.words}
        </span>
        {last ? <span>{last.gap ?? lookInWords(last)}</span> : null}
      </p>
      {changes.length > 0 ? (
        <div className={styles.changes}>
          <ChangeList
            namesChamber
            changes={[...changes].reverse()}
            label={`What changed inside run ${run}, newest first`}
            open={open}
          />
        </div>
      ) : looks.length > 0 ? (
        <p className={styles.quiet}>No change was told in it so far.</p>
      ) : null}
    </section>
  );
}

function lookInWords({ judged, waiting }: RunLook): string {
  const chambers = `the last look judged ${judged} of ${allChambers.length} chambers`;
  return waiting > 0 ? `${chambers}, ${waiting} wait for more hits` : chambers;
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  const small = { color: colors.text.secondary, fontSize: typography.bodySmall.fontSize, margin: 0 };
  return {
    bar: css({
      borderBottom: `1px solid ${colors.border.weak}`,
      display: 'flex',
      flex: 'none',
      flexDirection: 'column',
      // What is wrong across runs stands below and must keep its room.
      maxHeight: '34%',
      minHeight: 0,
      paddingBottom: spacing(0.5),
    }),
    line: css({
      ...small,
      alignItems: 'baseline',
      display: 'flex',
      flexWrap: 'wrap',
      fontVariantNumeric: 'tabular-nums',
      gap: spacing(0, 2),
    }),
    big: css({
      color: colors.text.primary,
      fontSize: 'clamp(16px, 1.3vw, 48px)',
      fontWeight: typography.fontWeightMedium,
      lineHeight: 1.3,
    }),
    stopped: css({ color: colors.warning.text }),
    // Read from five metres, as the run is.
    changes: css({ minHeight: 0, overflow: 'auto', '& button': { fontSize: 'clamp(13px, 1vw, 36px)' } }),
    quiet: css(small),
  };
}

/** Asked for this often, ms. */
const refreshEvery = 10_000;

/** The run in progress: how far behind it is seen, and what is known of its inside. */
export interface LiveRun {
  run: number;
  liveness: Liveness;
  inside: RunSlices;
}

/**
 * The run in progress, kept up to date. Its age is told by the monitor's clock, and grows by itself: when the monitor does not answer any more, it says so instead of staying young.
 *
 * @returns null before the first answer, `none` when no run is in progress.
 */
export function useLiveRun(
  api: Pick<MonitorApi, 'runs' | 'runSlices'>,
  detector: Pick<Detector, 'clockOffset' | 'problem'>,
): LiveRun | 'none' | null {
  const now = useNow(5000) + detector.clockOffset;
  const ask = async () => {
    const found = runInProgress((await api.runs()).runs);
    const inside = found ? await api.runSlices(found.run) : null;
    return { lookedAt: found?.lookedAt ?? null, inside: inside?.live ? inside : null };
  };
  const { data, problem } = useQuery('live run', ask, { every: refreshEvery });
  if (!data) return null;
  const { inside, lookedAt } = data;
  if (!inside) return 'none';
  const liveness: Liveness =
    (problem ?? detector.problem)
      ? { tone: 'stopped', words: 'not known now: the monitor does not answer' }
      : livenessOf(inside, lookedAt, now);
  return { run: inside.run, liveness, inside };
}

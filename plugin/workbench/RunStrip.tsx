import React from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { Run } from '@dtdqm/contract';
import { Moment, useNow } from '../src/components/controls.tsx';
import { api } from './host/api.ts';
import { useQuery } from '../src/components/useQuery.ts';
import type { Theme } from '../src/theme/theme.ts';

const refreshEvery = 10_000;
/** A run this old means that nothing new arrives: worth saying. */
const staleAfter = 6 * 3_600_000;

/** The newest run and how it stands; stale data is visibly stale. */
export function RunStrip() {
  const styles = useStyles2(getStyles);
  const { data, problem } = useQuery('newest', () => api.runs(), { every: refreshEvery });
  const now = useNow(refreshEvery);
  const newest = data?.runs[0];
  if (problem) return <span className={cx(styles.strip, styles.loud)}>not connected</span>;
  if (!newest) return <span className={styles.strip}>{data ? 'no run yet' : ''}</span>;
  const isStale = now - Date.parse(newest.updatedAt) > staleAfter;
  return (
    <span className={cx(styles.strip, isStale && styles.loud)}>
      run {newest.run} · {inWords(newest)} · <Moment at={newest.updatedAt} />
      {isStale ? ' · stale' : ''}
    </span>
  );
}

function inWords({ status, badLayers }: Run): string {
  if (status === 'LOADING') return 'being fetched';
  if (status === 'ERROR') return 'with errors';
  if (status !== 'FINISHED') return 'being scored anew';
  if (!badLayers) return 'no bad layers';
  return badLayers === 1 ? '1 bad layer' : `${badLayers} bad layers`;
}

function getStyles({ colors, typography }: Theme) {
  return {
    strip: css({
      color: colors.text.secondary,
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
    }),
    loud: css({ color: colors.warning.text }),
  };
}

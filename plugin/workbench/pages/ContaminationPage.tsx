import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import { Button, useStyles2 } from '@grafana/ui';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { api } from '../host/api.ts';
import { followLink, goTo } from '../host/location.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { contaminationByLayer, contaminationByRun, type Share } from './contamination.ts';
import { ScoresPage } from './ScoresPage.tsx';
import { getTableStyles } from './tableStyles.ts';
import type { Theme } from '../../src/theme/theme.ts';

/** Share of bad layers among the labelled ones, by run, and by station and layer; and the labels that the model agrees with least. */
export function ContaminationPage({ page }: { page: number }) {
  const styles = useStyles2(getTableStyles);
  const own = useStyles2(getStyles);
  const { data, problem, refetch } = useQuery('labelled', () => api.labelled());
  const byRun = useMemo(() => contaminationByRun(data ?? []), [data]);
  const byLayer = useMemo(() => contaminationByLayer(data ?? []), [data]);
  if (problem && !data) return <ProblemMessage problem={problem} retry={refetch} />;
  if (!data) return <Message icon="sync" title="Loading the labels" />;
  if (data.length === 0) {
    return (
      <Message
        icon="tag-alt"
        title="Nothing is labelled yet"
        action={<Button onClick={() => goTo('/eval/')}>Label</Button>}
      >
        <p>As soon as there are labels, this page tells what share of the layers is bad.</p>
      </Message>
    );
  }
  return (
    <div className={styles.page}>
      <p className={styles.intro}>Share of layers called bad among those that labels in force speak of.</p>
      <div className={own.tables}>
        <ShareTable name="Run" rows={byRun} href={(run) => `/eval/${run}/`} />
        <ShareTable name="Station and layer" rows={byLayer} />
      </div>
      <ScoresPage list="contamination" page={page} />
    </div>
  );
}

interface ShareTableProps {
  name: string;
  rows: readonly Share[];
  href?: (name: string) => string;
}

function ShareTable({ name, rows, href }: ShareTableProps) {
  const styles = useStyles2(getTableStyles);
  const own = useStyles2(getStyles);
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">{name}</th>
          <th scope="col" className={styles.number}>
            Layers labelled
          </th>
          <th scope="col" className={styles.number}>
            Bad
          </th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">
              {href ? (
                <a className={styles.link} href={href(row.name)} onClick={followLink}>
                  {row.name}
                </a>
              ) : (
                row.name
              )}
            </th>
            <td className={styles.number}>{row.labelled}</td>
            <td className={styles.number}>{row.bad}</td>
            <td>
              <span className={own.bar} aria-hidden>
                <span style={{ width: `${(100 * row.bad) / row.labelled}%` }} />
              </span>
              {((100 * row.bad) / row.labelled).toFixed(2)} %
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function getStyles({ colors, spacing }: Theme) {
  return {
    tables: css({ display: 'flex', flexWrap: 'wrap', gap: spacing(6) }),
    bar: css({
      background: colors.background.secondary,
      display: 'inline-block',
      height: 6,
      marginRight: spacing(1),
      verticalAlign: 'middle',
      width: 90,
      '& > span': { background: colors.text.secondary, display: 'block', height: '100%' },
    }),
  };
}

import React from 'react';
import { css } from '@emotion/css';
import { Button, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberLabel } from '@dtdqm/contract';
import { chamberParams, type ScoreList, type ScoreListName } from '../../src/api/monitorApi.ts';
import { DataTable, type Column } from '../../src/components/DataTable.tsx';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { api } from '../../src/api/send.ts';
import { followLink, goTo, useLocation } from '../host.ts';
import { Choice } from './pickers.tsx';

type Line = ScoreList['chambers'][number];

const linesPerPage = 20;

const words: Record<ScoreListName, { about: string; rating: string; none: string }> = {
  net_scores: {
    about: 'Of runs that are over, least certain first: how far the layer nearest to 0.5 is from it.',
    rating: 'Certainty',
    none: 'No run that is over is scored yet',
  },
  new_net_scores: {
    about:
      'Of runs that are over, least certain first: how far the layer nearest to 0.5 is from it. Chambers with a label are left out.',
    rating: 'Certainty',
    none: 'No chamber waits for a label',
  },
  contamination: {
    about:
      'Labelled chambers by the greatest difference between score and label of any layer: a fault of the model, or of the label.',
    rating: 'Difference',
    none: 'Nothing is labelled yet',
  },
};

/** Both ways to look at scores have an address. */
export function ScoreOrder({ isWorstFirst = false }: { isWorstFirst?: boolean }) {
  return (
    <Choice
      label="Order"
      value={isWorstFirst ? 'worst' : 'certainty'}
      options={[
        ['certainty', 'All runs, least certain first'],
        ['worst', 'One run, worst first'],
      ]}
      choose={(order) => goTo(`/data/net_scores/${order === 'worst' ? '?order=worst' : ''}`)}
    />
  );
}

/** One of the lists of chambers that the original tool had, a page at a time. */
export function ScoresPage({ list, page }: { list: ScoreListName; page: number }) {
  const styles = useStyles2(getListStyles);
  const { pathname } = useLocation();
  const { data, problem, refetch } = useQuery(`${list} ${page}`, () => api.scores(list, page));
  const { about, rating, none } = words[list];
  if (problem && !data) return <ProblemMessage problem={problem} retry={refetch} />;
  if (!data) return <Message icon="sync" title="Loading the scores" />;
  const { count, chambers } = data;
  const pages = Math.max(1, Math.ceil(count / linesPerPage));
  const turn = (label: string, to: number, isThere: boolean) => (
    <Button
      variant="secondary"
      size="sm"
      disabled={!isThere}
      onClick={() => goTo(`${pathname.replace(/page\/\d+\/?$/, '')}?page=${to}`)}
    >
      {label}
    </Button>
  );
  const columns: Column<Line>[] = [
    {
      title: 'Chamber',
      cell: ({ chamber }) => (
        <a className={styles.link} href={`/eval/${chamberParams(chamber)}/`} onClick={followLink}>
          {chamberLabel(chamber)}
        </a>
      ),
    },
    { title: 'Run', cell: ({ chamber }) => chamber.run },
    { title: rating, isNumber: true, cell: (line) => line.rating.toFixed(4) },
    {
      title: 'Scores of layers 1 to 12',
      cell: ({ scores }) => (
        <span className={styles.scores}>
          {scores.map((score, index) => (
            <span key={index} className={score > 0.5 ? styles.bad : undefined}>
              {score < 0 ? '–' : score.toFixed(2)}
            </span>
          ))}
        </span>
      ),
    },
    { title: 'Label', cell: labelText },
  ];
  return (
    <div className={styles.page}>
      {list === 'net_scores' ? <ScoreOrder /> : null}
      <p className={styles.quiet}>{about}</p>
      {chambers.length === 0 ? (
        <Message icon="table" title={page > 1 ? 'This page is beyond the last' : none} />
      ) : (
        <DataTable columns={columns} rows={chambers} keyOf={({ chamber }) => chamberParams(chamber)} />
      )}
      <div className={styles.pager}>
        {turn('Previous', page - 1, page > 1)}
        <span>{chambers.length === 0 ? `page ${page}` : `page ${page} of ${pages}`}</span>
        {turn('Next', page + 1, page < pages)}
      </div>
    </div>
  );
}

function labelText({ badLayers, isSkipped }: Line): string {
  if (isSkipped) return 'skipped';
  if (badLayers === null) return '–';
  return badLayers.length === 0 ? 'no bad layer' : `bad ${badLayers.join(', ')}`;
}

/** Of the pages that are lists. */
export function getListStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    page: css({ display: 'flex', flexDirection: 'column', gap: spacing(1.5), padding: spacing(2) }),
    controls: css({ alignItems: 'center', display: 'flex', flexWrap: 'wrap', gap: spacing(1, 2) }),
    quiet: css({ color: colors.text.secondary, margin: 0 }),
    link: css({
      color: colors.text.link,
      fontWeight: typography.fontWeightMedium,
      '&:hover': { textDecoration: 'underline' },
    }),
    scores: css({
      color: colors.text.secondary,
      display: 'inline-grid',
      gap: 8,
      gridTemplateColumns: 'repeat(12, 2.4em)',
      textAlign: 'right',
    }),
    bad: css({ color: colors.error.text, textDecoration: 'underline' }),
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
    pager: css({ alignItems: 'center', color: colors.text.secondary, display: 'flex', gap: spacing(2) }),
  };
}

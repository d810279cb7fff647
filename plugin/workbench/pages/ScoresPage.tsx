import React from 'react';
import { css } from '@emotion/css';
import { Button, useStyles2 } from '@grafana/ui';
import { chamberLabel } from '@dtdqm/contract';
import { chamberParams, type ScoreList, type ScoreListName } from '../../src/api/monitorApi.ts';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { api } from '../host/api.ts';
import { followLink, goTo, useLocation } from '../host/location.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { getTableStyles } from './tableStyles.ts';
import type { Theme } from '../../src/theme/theme.ts';

type Line = ScoreList['chambers'][number];

const linesPerPage = 20;

const words: Record<ScoreListName, { about: string; rating: string; none: string }> = {
  net_scores: {
    about: 'Least certain first: how far the layer nearest to 0.5 is from it.',
    rating: 'Certainty',
    none: 'Nothing is scored yet',
  },
  new_net_scores: {
    about:
      'Least certain first: how far the layer nearest to 0.5 is from it. Chambers with a label are left out.',
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

/** One of the lists of chambers that the original tool had, a page at a time. */
export function ScoresPage({ list, page }: { list: ScoreListName; page: number }) {
  const styles = useStyles2(getTableStyles);
  const { pathname } = useLocation();
  const { data, problem, refetch } = useQuery(`${list} ${page}`, () => api.scores(list, page));
  const { about, rating, none } = words[list];
  if (problem && !data) return <ProblemMessage problem={problem} retry={refetch} />;
  if (!data) return <Message icon="sync" title="Loading the scores" />;
  const pages = Math.max(1, Math.ceil(data.count / linesPerPage));
  const base = pathname.replace(/page\/\d+\/?$/, '');
  return (
    <div className={styles.page}>
      <p className={styles.intro}>{about}</p>
      {data.chambers.length === 0 ? (
        <Message icon="table" title={page > 1 ? 'This page is beyond the last' : none} />
      ) : (
        <ScoreTable lines={data.chambers} rating={rating} />
      )}
      <div className={styles.pager}>
        <Button
          variant="secondary"
          size="sm"
          disabled={page === 1}
          onClick={() => goTo(`${base}?page=${page - 1}`)}
        >
          Previous
        </Button>
        <span>{data.chambers.length === 0 ? `page ${page}` : `page ${page} of ${pages}`}</span>
        <Button
          variant="secondary"
          size="sm"
          disabled={page >= pages}
          onClick={() => goTo(`${base}?page=${page + 1}`)}
        >
          Next
        </Button>
      </div>
    </div>
  );
}

function ScoreTable({ lines, rating }: { lines: readonly Line[]; rating: string }) {
  const styles = useStyles2(getTableStyles);
  const cells = useStyles2(getCellStyles);
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Chamber</th>
          <th scope="col">Run</th>
          <th scope="col" className={styles.number}>
            {rating}
          </th>
          <th scope="col">Scores of layers 1 to 12</th>
          <th scope="col">Label</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={chamberParams(line.chamber)}>
            <th scope="row">
              <a className={styles.link} href={`/eval/${chamberParams(line.chamber)}/`} onClick={followLink}>
                {chamberLabel(line.chamber)}
              </a>
            </th>
            <td>{line.chamber.run}</td>
            <td className={styles.number}>{line.rating.toFixed(4)}</td>
            <td>
              <span className={cells.cells}>
                {line.scores.map((score, index) => (
                  <span key={index} className={score > 0.5 ? cells.bad : undefined}>
                    {score < 0 ? '–' : score.toFixed(2)}
                  </span>
                ))}
              </span>
            </td>
            <td className={styles.quiet}>{labelText(line)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function labelText({ badLayers, isSkipped }: Line): string {
  if (isSkipped) return 'skipped';
  if (badLayers === null) return '–';
  return badLayers.length === 0 ? 'no bad layer' : `bad ${badLayers.join(', ')}`;
}

function getCellStyles({ colors }: Theme) {
  return {
    cells: css({
      color: colors.text.secondary,
      display: 'inline-grid',
      gap: 8,
      gridTemplateColumns: 'repeat(12, 2.4em)',
      textAlign: 'right',
    }),
    bad: css({ color: colors.error.text, textDecoration: 'underline' }),
  };
}

import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import { Button, useStyles2 } from '@grafana/ui';
import { chamberLabel } from '@dtdqm/contract';
import { placeOf } from '../../src/api/monitorApi.ts';
import type { ScoredChamber } from '../../src/api/originalLists.ts';
import { Message } from '../../src/components/Message.tsx';
import { ProblemMessage } from '../../src/components/ProblemMessage.tsx';
import { api } from '../host/api.ts';
import { followLink, goTo, useLocation } from '../host/location.ts';
import { useAsked } from '../host/useAsked.ts';
import { getTableStyles } from './tableStyles.ts';
import type { Theme } from '../../src/theme/theme.ts';

const linesPerPage = 20;

/** Chambers by certainty, least certain first: what the original tool listed for labelling. */
export function ScoresPage({ onlyUnlabelled }: { onlyUnlabelled: boolean }) {
  const styles = useStyles2(getTableStyles);
  const cells = useStyles2(getCellStyles);
  const { query, pathname } = useLocation();
  const page = Math.max(1, Number(query.get('page')) || 1);
  const scores = useAsked(`scores ${page}`, () => api.uncertain(page));
  const labels = useAsked('labelled', () => api.labelled());
  const labelled = useMemo(
    () => new Set((labels.answer ?? []).map(({ chamber }) => placeOf(chamber))),
    [labels.answer],
  );
  const problem = scores.problem ?? labels.problem;
  if (problem && !scores.answer) return <ProblemMessage problem={problem} retry={scores.again} />;
  if (!scores.answer || !labels.answer) return <Message icon="sync" title="Loading the scores" />;
  const rows = scores.answer.filter(({ chamber }) => !onlyUnlabelled || !labelled.has(placeOf(chamber)));
  return (
    <div className={styles.page}>
      <p className={styles.intro}>
        Least certain first: how far the layer nearest to 0.5 is from it.
        {onlyUnlabelled ? ' Chambers with a label are left out.' : ''}
      </p>
      {rows.length === 0 ? (
        <Message
          icon="table"
          title={scores.answer.length ? 'All of this page is labelled' : 'Nothing is scored yet'}
        />
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Chamber</th>
              <th scope="col">Run</th>
              <th scope="col" className={styles.number}>
                Certainty
              </th>
              <th scope="col">Scores of layers 1 to 12</th>
              <th scope="col">Label</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={placeOf(row.chamber)}>
                <th scope="row">
                  <a className={styles.link} href={`/eval/${placeOf(row.chamber)}/`} onClick={followLink}>
                    {chamberLabel(row.chamber)}
                  </a>
                </th>
                <td>{row.chamber.run}</td>
                <td className={styles.number}>{row.rating.toFixed(4)}</td>
                <td>
                  <Scores row={row} className={cells.cells} bad={cells.bad} />
                </td>
                <td className={styles.quiet}>{labelled.has(placeOf(row.chamber)) ? 'labelled' : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className={styles.pager}>
        <Button
          variant="secondary"
          size="sm"
          disabled={page === 1}
          onClick={() => goTo(`${pathname}?page=${page - 1}`)}
        >
          More uncertain
        </Button>
        <span>page {page}</span>
        <Button
          variant="secondary"
          size="sm"
          disabled={scores.answer.length < linesPerPage}
          onClick={() => goTo(`${pathname}?page=${page + 1}`)}
        >
          Less uncertain
        </Button>
      </div>
    </div>
  );
}

function Scores({ row: { scores }, className, bad }: { row: ScoredChamber; className: string; bad: string }) {
  return (
    <span className={className}>
      {scores.map((score, index) => (
        <span key={index} className={score > 0.5 ? bad : undefined}>
          {score < 0 ? '–' : score.toFixed(2)}
        </span>
      ))}
    </span>
  );
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

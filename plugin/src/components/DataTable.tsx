import type { GrafanaTheme2 } from '@grafana/data';
import React, { type ReactNode } from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';

export interface Column<Row> {
  title: string;
  /** Numbers stand at the right. */
  isNumber?: boolean;
  cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  /** The first one names the row. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  classOf?: (row: Row) => string | undefined;
  /** Takes the whole width. */
  isWide?: boolean;
}

/** Rows under headed columns: digits align, lines are quiet. */
export function DataTable<Row>({ columns, rows, keyOf, classOf, isWide = false }: Props<Row>) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.frame}>
      <table className={cx(styles.table, isWide && styles.wide)}>
        <thead>
          <tr>
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" className={cx(isNumber && styles.number)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className={classOf?.(row)}>
              {columns.map(({ title, isNumber, cell }, index) =>
                index === 0 ? (
                  <th key={title} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} className={cx(isNumber && styles.number)}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    // On a narrow page the table moves, not the page.
    frame: css({ maxWidth: '100%', overflowX: 'auto' }),
    table: css({
      fontVariantNumeric: 'tabular-nums',
      width: 'auto',
      '& th, & td': {
        borderBottom: `1px solid ${colors.border.weak}`,
        padding: spacing(0.75, 1.5),
        textAlign: 'left',
        verticalAlign: 'top',
        whiteSpace: 'nowrap',
      },
      '& thead th': { color: colors.text.secondary, fontWeight: typography.fontWeightRegular },
      '& tbody tr:hover': { background: colors.action.hover },
    }),
    wide: css({ width: '100%', '&& td': { whiteSpace: 'normal' } }),
    number: css({ '&&': { textAlign: 'right' } }),
  };
}

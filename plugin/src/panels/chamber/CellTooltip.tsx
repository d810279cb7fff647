import React, { type PointerEvent } from 'react';
import { css } from '@emotion/css';
import type { LinkModel, GrafanaTheme2 } from '@grafana/data';
import { IconButton, useStyles2 } from '@grafana/ui';
import { type ChamberModel, siblingMedian, layerName } from '../../heatmap/chamberModel.ts';
import type { CellAddress, HeatmapLayout } from '../../heatmap/layout.ts';

interface Props {
  cell: CellAddress;
  model: ChamberModel;
  layout: HeatmapLayout;
  format: (hits: number) => string;
  /** Given once the cell is pinned. */
  links?: readonly LinkModel[];
  close?: (() => void) | undefined;
}

/** What is known of one cell, beside it. */
export function CellTooltip({ cell, model, layout, format, links = [], close }: Props) {
  const styles = useStyles2(getStyles);
  const layer = model.layers[cell.layer - 1];
  const row = layout.rows.find((candidate) => candidate.layer === cell.layer);
  if (!layer || !row) return null;
  const hits = layer.hits[cell.wire - 1] ?? -1;
  const saliency = layer.saliency[cell.wire - 1];
  const expected = layer.expected[cell.wire - 1];
  const siblings = siblingMedian(model, cell.layer, cell.wire);
  const onLeft = (layout.edges[cell.wire] ?? 0) > layout.plot.x + layout.plot.width * 0.6;
  const below = row.y < layout.size.height / 2;
  const position = {
    ...(onLeft
      ? { right: layout.size.width - (layout.edges[cell.wire - 1] ?? 0) + 8 }
      : { left: (layout.edges[cell.wire] ?? 0) + 8 }),
    ...(below ? { top: row.y } : { bottom: layout.size.height - row.y - row.height }),
  };
  const facts: [string, string | null][] = [
    ['hits', hits < 0 ? 'no wire here' : format(hits)],
    ['expected', expected === undefined ? null : format(expected)],
    ['siblings’ median', hits < 0 || siblings === null ? null : format(siblings)],
    ['saliency', saliency === undefined || hits < 0 ? null : saliency.toPrecision(3)],
    ['layer’s score', layer.score === null ? null : layer.score.toFixed(3)],
  ];
  return (
    <div
      className={styles.tooltip}
      style={{ ...position, pointerEvents: close ? 'auto' : 'none' }}
      // Its buttons and links are not what lies under them in the picture.
      onPointerDown={keep}
      onPointerMove={keep}
      onPointerUp={keep}
    >
      <div className={styles.head}>
        <strong>
          Layer {cell.layer} · wire {cell.wire}
        </strong>
        {close ? <IconButton name="times" size="sm" aria-label="Unpin" onClick={close} /> : null}
      </div>
      <div className={styles.where}>{layerName(cell.layer)}</div>
      <dl className={styles.facts}>
        {facts.map(([name, value]) =>
          value === null ? null : (
            <React.Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </React.Fragment>
          ),
        )}
      </dl>
      {links.map(({ href, title, target }) => (
        <a key={href} className={styles.link} href={href} target={target} rel="noreferrer">
          {title}
        </a>
      ))}
    </div>
  );
}

function keep(event: PointerEvent): void {
  event.stopPropagation();
}

function getStyles(theme: GrafanaTheme2) {
  const { colors, shadows, spacing, typography, zIndex } = theme;
  return {
    tooltip: css({
      background: theme.colors.background.elevated,
      border: `1px solid ${colors.border.medium}`,
      borderRadius: theme.shape.radius.default,
      boxShadow: shadows.z3,
      fontSize: typography.bodySmall.fontSize,
      minWidth: 168,
      padding: spacing(1),
      position: 'absolute',
      zIndex: zIndex.tooltip,
    }),
    head: css({ display: 'flex', justifyContent: 'space-between', whiteSpace: 'nowrap' }),
    where: css({ color: colors.text.secondary, marginBottom: spacing(0.5) }),
    link: css({ color: colors.text.link, display: 'block', marginTop: spacing(0.5) }),
    facts: css({
      display: 'grid',
      gridTemplateColumns: 'auto auto',
      columnGap: spacing(2),
      margin: 0,
      '& dt': { color: colors.text.secondary, fontWeight: 'normal' },
      '& dd': { fontVariantNumeric: 'tabular-nums', margin: 0, textAlign: 'right' },
    }),
  };
}

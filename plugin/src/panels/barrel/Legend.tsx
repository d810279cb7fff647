import React from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberConditions } from '@dtdqm/contract';
import type { StateFrame } from '../../frames/barrelFrames.ts';
import { looks, shortNumber, wordsOf, type BarrelCell, type BarrelModel, type Tint } from './model.ts';

interface LegendProps {
  model: BarrelModel;
  state: StateFrame | null;
  run: number | null;
  showHeadline: boolean;
}

/** The headline as it was given, and what the looks mean with the number of chambers of each; large enough to be read from afar. */
export function Legend({ model, state, run, showHeadline }: LegendProps) {
  const styles = useStyles2(getLegendStyles);
  const { cells, tint } = model;
  return (
    <div className={styles.legend}>
      {showHeadline ? <BigLine model={model} state={state} run={run} /> : null}
      <span className={styles.entries}>
        {tint ? <TintScale tint={tint} /> : null}
        {entriesOf(cells).map(({ cell, count }) => (
          <Entry key={cell.stand} cell={cell} count={count} />
        ))}
      </span>
    </div>
  );
}

function BigLine({ model: { cells, counts }, state, run }: Omit<LegendProps, 'showHeadline'>) {
  const styles = useStyles2(getLegendStyles);
  const isLoud = cells.some(
    ({ look, isLoudMark }) => look === 'loud' || look === 'unconfirmed' || isLoudMark,
  );
  return (
    <>
      <span className={cx(styles.big, isLoud && styles.loud)}>
        {/* Without a word of the detector the chambers are counted, and nothing is concluded. */}
        {state?.headline ??
          chamberConditions
            .filter((each) => counts[each] > 0)
            .map((each) => `${counts[each]} ${each}`)
            .join(', ')}
      </span>
      {state || run === null ? null : <span>run {run}</span>}
      {state?.doubts.length ? <span className={styles.doubts}>{state.doubts.join('; ')}</span> : null}
    </>
  );
}

/** Chambers that stand alike, the loudest first. */
function entriesOf(cells: readonly BarrelCell[]): { cell: BarrelCell; count: number }[] {
  const entries = new Map<string, { cell: BarrelCell; count: number }>();
  for (const cell of cells) {
    const known = entries.get(cell.stand);
    if (known) known.count += 1;
    else entries.set(cell.stand, { cell, count: 1 });
  }
  const rank = ({ look, isLoudMark }: BarrelCell) => looks.indexOf(look) - (isLoudMark ? 0.5 : 0);
  return [...entries.values()].sort((a, b) => rank(a.cell) - rank(b.cell));
}

function Entry({ cell: { look, isLoudMark, sign, stand }, count }: { cell: BarrelCell; count: number }) {
  const styles = useStyles2(getLegendStyles);
  const shapes = useStyles2(getBarrelStyles);
  return (
    <span className={styles.entry}>
      <svg
        width={18}
        height={14}
        aria-hidden
        className={cx(shapes.chamber, shapes[look], isLoudMark && shapes.loudMark)}
      >
        <path d="M1 1h16v12h-16Z" />
        <text x={9} y={7.5} fontSize={9}>
          {/* A number in the chamber is its bad layers; here it would be taken for one of chambers. */}
          {/\d/.test(sign) ? '' : sign}
        </text>
      </svg>
      {count} {stand}
    </span>
  );
}

function TintScale({ tint: { column, least, greatest } }: { tint: Tint }) {
  const styles = useStyles2(getLegendStyles);
  const shapes = useStyles2(getBarrelStyles);
  return (
    <span className={styles.entry}>
      good, tinted by {wordsOf(column)}: {shortNumber(least)}
      <svg width={60} height={14} aria-hidden className={cx(shapes.chamber, shapes.good, shapes.tinted)}>
        {[0, 0.25, 0.5, 0.75, 1].map((place, at) => (
          <path key={place} d={`M${12 * at} 1h12v12h-12Z`} style={{ fillOpacity: tintOpacity(place) }} />
        ))}
      </svg>
      {shortNumber(greatest)}
    </span>
  );
}

/** How strong the tint is. @param place 0..1. */
export function tintOpacity(place: number): number {
  return 0.06 + 0.6 * place;
}

function getLegendStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    legend: css({
      alignItems: 'baseline',
      color: colors.text.secondary,
      display: 'flex',
      flexWrap: 'wrap',
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      gap: spacing(0.5, 2),
    }),
    big: css({
      color: colors.text.primary,
      // Grows with the panel: on a wall display it is read from five metres.
      fontSize: 'clamp(18px, 2cqi, 64px)',
      fontWeight: typography.fontWeightMedium,
      lineHeight: 1.1,
    }),
    loud: css({ color: colors.error.text }),
    doubts: css({ color: colors.warning.text, flexBasis: '100%' }),
    entries: css({ display: 'flex', flexWrap: 'wrap', gap: spacing(0.5, 2) }),
    entry: css({ alignItems: 'center', display: 'inline-flex', gap: spacing(0.5) }),
  };
}

export type BarrelStyles = ReturnType<typeof getBarrelStyles>;

/** Ids of the hatchings that the SVG defines. */
export const hatchId = 'dtdqm-unknown';

/** Good is quiet, unknown is hatched, absent is empty, failed is dotted, what somebody has answered is muted, what nobody has is loud. */
export function getBarrelStyles({ colors, typography }: GrafanaTheme2) {
  const shape = (style: Record<string, string | number>, text: Record<string, string | number> = {}) =>
    css({ '& path': style, '& text': text });
  return {
    picture: css({ display: 'block', flexShrink: 0 }),
    chamber: css({
      cursor: 'pointer',
      outline: 'none',
      '& path': { strokeWidth: 1, vectorEffect: 'non-scaling-stroke' },
      '& text': {
        dominantBaseline: 'central',
        fontFamily: typography.fontFamily,
        fontVariantNumeric: 'tabular-nums',
        fontWeight: typography.fontWeightBold,
        pointerEvents: 'none',
        textAnchor: 'middle',
      },
      '&:hover path': { stroke: colors.text.primary, strokeWidth: 2 },
      '&:focus-visible path': { stroke: colors.primary.text, strokeWidth: 3 },
    }),
    current: css({
      '& path': { stroke: `${colors.text.maxContrast} !important`, strokeWidth: '2.5 !important' },
    }),
    good: shape(
      { fill: colors.background.secondary, stroke: colors.border.medium },
      { fill: colors.text.primary },
    ),
    loud: shape({ fill: colors.error.main, stroke: colors.error.main }, { fill: colors.error.contrastText }),
    unconfirmed: shape(
      { fill: colors.error.transparent, stroke: colors.error.main, strokeWidth: 2.5 },
      { fill: colors.text.maxContrast },
    ),
    muted: shape(
      { fill: colors.background.secondary, stroke: colors.error.border, strokeDasharray: '4 2' },
      { fill: colors.error.text },
    ),
    unknown: shape({ fill: `url(#${hatchId})`, stroke: colors.border.strong }, { fill: colors.text.primary }),
    failed: shape(
      { fill: colors.background.primary, stroke: colors.border.strong, strokeDasharray: '1.5 3' },
      { fill: colors.text.secondary },
    ),
    absent: shape(
      // Without a fill the pointer would go through it.
      { fill: 'none', pointerEvents: 'all', stroke: colors.border.medium, strokeDasharray: '3 3' },
      { fill: colors.text.primary },
    ),
    tinted: shape({ fill: colors.info.main }),
    /** On a chamber that is not bad in this run: a fault that nobody has answered. */
    loudMark: shape({ stroke: colors.error.main, strokeWidth: 2 }, { fill: colors.error.text }),
    name: css({
      fill: colors.text.secondary,
      fontFamily: typography.fontFamily,
      fontVariantNumeric: 'tabular-nums',
      textAnchor: 'middle',
      dominantBaseline: 'central',
    }),
    wheel: css({ fill: colors.text.primary, fontWeight: typography.fontWeightMedium }),
  };
}

import React from 'react';
import { css, cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { kindInWords, type LabelVerdict, type Verdict } from '@dtdqm/contract';
import type { History, Opinion } from '../../frames/chamberFrames.ts';
import { type ChamberModel, type LayerModel, layerName, layerSummary } from '../../heatmap/chamberModel.ts';
import type { LayerRow } from '../../heatmap/layout.ts';
import { useKeys } from '../../labelling/keys.ts';
import { keyStyle, visuallyHidden } from '../../theme/theme.ts';

interface LayerTableProps {
  model: ChamberModel;
  rows: readonly LayerRow[];
  width: number;
  height: number;
  history: History | null;
  opinions: readonly Opinion[];
  /** What the expert says so far; absent when labelling is off. */
  answer?: readonly (LabelVerdict | null)[] | undefined;
  toggle?: ((layer: number, doubt: boolean) => void) | undefined;
}

const verdictSigns: Record<Verdict, string> = { good: '', bad: '▲', unknown: '?' };
const labelSigns: Record<LabelVerdict, string> = {
  good: '✓ good',
  bad: '✗ bad',
  'not-sure': '? not sure',
};

/** Beside each layer of the picture, at its height: what the model says, what people say, and the button to say so. */
export function LayerTable({
  model,
  rows,
  width,
  height,
  history,
  opinions,
  answer,
  toggle,
}: LayerTableProps) {
  const styles = useStyles2(getStyles);
  const wide = width >= 300;
  const current = history ? history.runs.indexOf(model.run ?? -1) : -1;
  return (
    <div role="table" aria-label="Layers" className={styles.table} style={{ width, height }}>
      <div role="row" className={visuallyHidden}>
        {['Layer', 'Label', 'Score', 'Verdict', 'History', 'Other experts', 'Hits'].map((name) => (
          <span role="columnheader" key={name}>
            {name}
          </span>
        ))}
      </div>
      {rows.map(({ layer: number, y, height: rowHeight }) => {
        const layer = model.layers[number - 1];
        if (!layer?.exists) return null;
        return (
          <div role="row" className={styles.row} key={number} style={{ top: y, height: rowHeight }}>
            <span role="rowheader" className={visuallyHidden}>
              Layer {number}, {layerName(number)}
            </span>
            <span role="cell">
              {answer && toggle ? (
                <LabelButton
                  layer={number}
                  verdict={answer[number - 1] ?? null}
                  height={Math.min(26, rowHeight - 2)}
                  toggle={toggle}
                />
              ) : width < 200 ? null : (
                <span className={styles.label}>{layer.label ? labelSigns[layer.label] : ''}</span>
              )}
            </span>
            {width >= 200 ? <Score layer={layer} showBar={width >= 220} /> : null}
            <span role="cell" className={cx(styles.verdict, layer.verdict === 'bad' && styles.strong)}>
              {layer.verdict ? `${verdictSigns[layer.verdict]} ${layer.verdict}` : ''}
              {layer.fault ? <span className={styles.fault}> {kindInWords(layer.fault)}</span> : null}
            </span>
            {wide && history ? (
              <span role="cell">
                <Sparkline
                  values={history.scores[number - 1] ?? []}
                  current={current < 0 ? history.runs.length - 1 : current}
                  width={72}
                  height={Math.min(22, rowHeight)}
                />
              </span>
            ) : null}
            {opinions.length ? (
              <span role="cell" className={styles.peers}>
                {opinions
                  .filter((opinion) => opinion.layer === number)
                  .map(({ expert, label }) => (
                    <span key={expert} title={`${expert}: ${label}`}>
                      {expert.slice(0, 2)} {labelSigns[label].slice(0, 1)}
                    </span>
                  ))}
              </span>
            ) : null}
            <span role="cell" className={visuallyHidden}>
              {layerSummary(layer)}
            </span>
          </div>
        );
      })}
    </div>
  );
}

function Score({ layer: { score, verdict }, showBar }: { layer: LayerModel; showBar: boolean }) {
  const styles = useStyles2(getStyles);
  if (score === null) return <span role="cell" className={styles.score} />;
  return (
    <span role="cell" className={styles.score}>
      {showBar ? (
        <span className={styles.bar} aria-hidden>
          <span
            className={cx(styles.fill, verdict === 'bad' && styles.badFill)}
            style={{ width: `${Math.round(100 * score)}%` }}
          />
        </span>
      ) : null}
      <span className={cx(styles.number, verdict === 'bad' && styles.strong)}>{score.toFixed(2)}</span>
    </span>
  );
}

interface LabelButtonProps {
  layer: number;
  verdict: LabelVerdict | null;
  /** CSS pixels. */
  height: number;
  toggle: (layer: number, doubt: boolean) => void;
}

function LabelButton({ layer, verdict, height, toggle }: LabelButtonProps) {
  const styles = useStyles2(getStyles);
  const key = useKeys().keyOfLayer(layer);
  return (
    <button
      type="button"
      style={{ height }}
      className={cx(styles.button, styles[verdict ?? 'unanswered'])}
      aria-label={`Layer ${layer}: ${verdict ?? 'not answered'}`}
      aria-keyshortcuts={key}
      title={`${key}: bad or good · ⇧${key}: not sure`}
      onClick={(event) => toggle(layer, event.shiftKey)}
    >
      <kbd className={styles.key} aria-hidden>
        {key}
      </kbd>
      {verdict ? labelSigns[verdict] : '·'}
    </button>
  );
}

interface SparklineProps {
  /** Scores 0..1, oldest first; gaps where there is none. */
  values: readonly (number | null)[];
  /** Index of the run on display. */
  current: number;
  width: number;
  height: number;
}

/** A layer's score over recent runs; the run on display is the dot. */
function Sparkline({ values, current, width, height }: SparklineProps) {
  const styles = useStyles2(getStyles);
  const inset = 3;
  const x = (index: number) => inset + (index * (width - 2 * inset)) / Math.max(1, values.length - 1);
  const y = (value: number) => height - inset - value * (height - 2 * inset);
  const path = values
    .map((value, index) => {
      if (value === null) return '';
      const joins = index > 0 && values[index - 1] !== null;
      return `${joins ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
  const now = values[current] ?? null;
  return (
    <svg width={width} height={height} aria-hidden className={styles.line}>
      <path d={path} />
      {now === null ? null : <circle cx={x(current)} cy={y(now)} r={2.5} />}
    </svg>
  );
}

function getStyles(theme: GrafanaTheme2) {
  const { colors, spacing, typography } = theme;
  return {
    table: css({ fontSize: typography.bodySmall.fontSize, position: 'relative' }),
    row: css({
      alignItems: 'center',
      display: 'flex',
      gap: spacing(1),
      left: 0,
      lineHeight: 1.4,
      overflow: 'hidden',
      position: 'absolute',
      right: 0,
      whiteSpace: 'nowrap',
      '& > :first-child': { flexShrink: 0 },
    }),
    label: css({ color: colors.text.secondary }),
    score: css({ alignItems: 'center', display: 'flex', flexShrink: 0, gap: spacing(0.75) }),
    bar: css({ background: colors.background.secondary, height: 6, width: 56 }),
    fill: css({ background: colors.text.disabled, display: 'block', height: '100%' }),
    badFill: css({ background: colors.error.main }),
    number: css({
      color: colors.text.secondary,
      fontVariantNumeric: 'tabular-nums',
      minWidth: 28,
      textAlign: 'right',
    }),
    verdict: css({
      color: colors.text.secondary,
      flex: '1 1 auto',
      minWidth: 52,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
    }),
    fault: css({ color: colors.text.primary }),
    strong: css({ color: colors.error.text, fontWeight: typography.fontWeightMedium }),
    peers: css({ color: colors.text.secondary, display: 'flex', flexShrink: 0, gap: spacing(0.5) }),
    line: css({
      display: 'block',
      '& path': { fill: 'none', stroke: colors.text.secondary, strokeWidth: 1.25 },
      '& circle': { fill: colors.text.primary },
    }),
    key: css({ ...keyStyle(theme), border: 0, padding: '2px 4px' }),
    button: css({
      alignItems: 'center',
      background: 'transparent',
      border: `1px solid ${colors.border.medium}`,
      borderRadius: theme.shape.radius.default,
      color: colors.text.primary,
      display: 'inline-flex',
      fontSize: typography.bodySmall.fontSize,
      gap: spacing(0.75),
      lineHeight: 1,
      padding: '0 6px 0 2px',
      width: 92,
      '&:hover': { background: colors.action.hover },
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
    }),
    unanswered: css({ borderStyle: 'dashed', color: colors.text.secondary }),
    good: css({ borderColor: colors.border.weak, color: colors.text.secondary }),
    bad: css({
      background: colors.error.main,
      borderColor: colors.error.main,
      color: colors.error.contrastText,
      fontWeight: typography.fontWeightMedium,
      '&:hover': { background: colors.error.shade },
    }),
    'not-sure': css({ borderColor: colors.warning.border, color: colors.warning.text }),
  };
}

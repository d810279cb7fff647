import React from 'react';
import { cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { LabelVerdict } from '@dtdqm/contract';
import { visuallyHidden } from '../../theme/theme.ts';
import type { History, Opinion } from '../../frames/chamberFrames.ts';
import type { ChamberModel, LayerModel } from '../../heatmap/chamberModel.ts';
import type { LayerRow } from '../../heatmap/layout.ts';
import { keyOfLayer } from '../../labelling/keys.ts';
import { getLayerTableStyles } from './layerTableStyles.ts';
import { Sparkline } from './Sparkline.tsx';
import { layerName, layerSummary } from './summary.ts';

interface Props {
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

const verdictSigns = { good: '', bad: '▲', unknown: '?' } as const;
export const labelSigns: Record<LabelVerdict, string> = {
  good: '✓ good',
  bad: '✗ bad',
  'not-sure': '? not sure',
};

/** Beside each layer of the picture, at its height: what the model says, what people say, and the button to say so. */
export function LayerTable({ model, rows, width, height, history, opinions, answer, toggle }: Props) {
  const styles = useStyles2(getLayerTableStyles);
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
              ) : (
                <span className={styles.label}>{layer.label ? labelSigns[layer.label] : ''}</span>
              )}
            </span>
            <Score layer={layer} showBar={width >= 220} />
            <span role="cell" className={cx(styles.verdict, layer.verdict === 'bad' && styles.bad)}>
              {layer.verdict ? `${verdictSigns[layer.verdict]} ${layer.verdict}` : ''}
              {layer.fault ? <span className={styles.fault}> {layer.fault.replaceAll('-', ' ')}</span> : null}
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
  const styles = useStyles2(getLayerTableStyles);
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
      <span className={cx(styles.number, verdict === 'bad' && styles.bad)}>{score.toFixed(2)}</span>
    </span>
  );
}

const buttonStyles = { good: 'saidGood', bad: 'saidBad', 'not-sure': 'saidNotSure' } as const;

interface LabelButtonProps {
  layer: number;
  verdict: LabelVerdict | null;
  /** CSS pixels. */
  height: number;
  toggle: (layer: number, doubt: boolean) => void;
}

function LabelButton({ layer, verdict, height, toggle }: LabelButtonProps) {
  const styles = useStyles2(getLayerTableStyles);
  const key = keyOfLayer(layer);
  return (
    <button
      type="button"
      style={{ height }}
      className={cx(styles.button, styles[verdict ? buttonStyles[verdict] : 'unanswered'])}
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

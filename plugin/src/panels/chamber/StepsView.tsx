import React, { useState } from 'react';
import { css } from '@emotion/css';
import { RadioButtonGroup, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { noWire, type ChamberOfRun } from '@dtdqm/contract';
import { chamberParams, type ChamberSteps, type MonitorApi } from '../../api/monitorApi.ts';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { useQuery } from '../../components/useQuery.ts';
import { accentOf } from '../../heatmap/style.ts';

type LayerSteps = ChamberSteps['layers'][number];

interface Props {
  api: MonitorApi;
  chamber: ChamberOfRun;
  /** As they are stored, layer 1 first; null where there is none. */
  scores: readonly (number | null)[];
}

/** How a score came about: one layer as it looks after each step of the detector, and the way back to its wires. */
export function StepsView({ api, chamber, scores }: Props) {
  const styles = useStyles2(getStyles);
  const { data: steps, problem } = useQuery(chamberParams(chamber), () => api.steps(chamber));
  const [chosen, setChosen] = useState<number | null>(null);
  if (problem) return <ProblemMessage problem={problem} />;
  if (!steps) return <Message icon="sync" title="Computing the steps" />;
  const worst = [...steps.layers].sort((a, b) => b.score - a.score)[0];
  const layer = steps.layers.find((each) => each.layer === chosen) ?? worst;
  if (!layer) return <Message icon="table" title="The model judged no layer of this chamber" />;
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <RadioButtonGroup
          size="sm"
          aria-label="Layer"
          value={layer.layer}
          options={[...steps.layers].reverse().map(({ layer: value }) => ({ value, label: `${value}` }))}
          onChange={setChosen}
        />
        <span>
          layer {layer.layer}, score {layer.score.toFixed(3)} · {steps.model}, {steps.saliency}
          {storedInWords(layer.score, scores[layer.layer - 1] ?? null)}
        </span>
      </div>
      <ol className={styles.steps}>
        {stagesOf(layer).map(({ name, what, values }) => (
          <li key={name} className={styles.step}>
            <div>
              <strong>{name}</strong>
              <div className={styles.what}>{what}</div>
            </div>
            <Bars values={values} label={`${name}: ${what}`} />
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Steps are worked out with the good runs before that are stored now; a run may have been judged before those came. */
function storedInWords(score: number, stored: number | null): string {
  return stored === null || Math.abs(score - stored) < 0.005
    ? ''
    : ` · stored: ${stored.toFixed(3)}, judged beside other good runs before than are stored now`;
}

function stagesOf(layer: LayerSteps): { name: string; what: string; values: number[] }[] {
  const byInput = (values: Record<string, number[]>, name: string, what: string) =>
    Object.entries(values).map(([input, each], _, all) => ({
      name: all.length > 1 ? `${name} (${input})` : name,
      what,
      values: each,
    }));
  return [
    { name: 'Raw', what: 'hits per wire', values: layer.raw.map((hits) => Math.max(0, hits)) },
    { name: 'Cleaned', what: 'without cells that have no wire', values: layer.cleaned },
    { name: 'Resized', what: 'to the network’s 47 cells', values: layer.resized },
    { name: 'Scaled', what: 'by the layer’s own maximum', values: layer.scaled },
    ...byInput(layer.inputs, 'Input', 'what the network was given'),
    ...byInput(layer.gradient, 'Gradient', 'of bad against good'),
    ...byInput(layer.smoothed, 'Smoothed', 'over noisy copies'),
    {
      name: 'Mapped back',
      what: 'saliency of each wire',
      values: layer.mappedBack.map((value, column) => (layer.raw[column] === noWire ? 0 : value)),
    },
  ];
}

const barHeight = 44;

/** Values of either sign as bars about a common line; what speaks for bad points up and has the accent. */
function Bars({ values, label }: { values: readonly number[]; label: string }) {
  const styles = useStyles2(getStyles);
  const top = Math.max(0, ...values);
  const bottom = Math.min(0, ...values);
  const span = top - bottom || 1;
  const zero = (top / span) * barHeight;
  const isSigned = bottom < 0;
  return (
    <div className={styles.row}>
      <svg
        role="img"
        aria-label={`${label}, ${values.length} values from ${bottom.toPrecision(3)} to ${top.toPrecision(3)}`}
        viewBox={`0 0 ${values.length} ${barHeight}`}
        preserveAspectRatio="none"
        className={styles.bars}
      >
        {values.map((value, index) => {
          const size = Math.max(0.4, (Math.abs(value) / span) * barHeight);
          return (
            <rect
              key={index}
              className={isSigned && value > 0 ? styles.forBad : styles.plain}
              x={index + 0.08}
              width={0.84}
              y={value >= 0 ? zero - size : zero}
              height={size}
            />
          );
        })}
      </svg>
      <span className={styles.range}>
        {top.toPrecision(3)}
        <br />
        {bottom.toPrecision(3)}
      </span>
    </div>
  );
}

function getStyles(theme: GrafanaTheme2) {
  const { colors, spacing, typography } = theme;
  return {
    page: css({
      display: 'flex',
      flex: 1,
      flexDirection: 'column',
      gap: spacing(1),
      minWidth: 0,
      overflow: 'auto',
    }),
    head: css({
      alignItems: 'center',
      color: colors.text.secondary,
      display: 'flex',
      flexWrap: 'wrap',
      gap: spacing(2),
      '& > *': { maxWidth: '100%', overflowX: 'auto' },
    }),
    steps: css({ listStyle: 'none', margin: 0, padding: 0 }),
    step: css({
      alignItems: 'center',
      borderBottom: `1px solid ${colors.border.weak}`,
      display: 'grid',
      gap: spacing(2),
      gridTemplateColumns: '190px 1fr',
      padding: spacing(0.5, 0),
    }),
    what: css({ color: colors.text.secondary, fontSize: typography.bodySmall.fontSize }),
    row: css({ display: 'flex', gap: spacing(1), minWidth: 0 }),
    bars: css({ flex: 1, height: barHeight, minWidth: 0 }),
    plain: css({ fill: colors.text.secondary }),
    forBad: css({ fill: accentOf(theme) }),
    range: css({
      color: colors.text.secondary,
      fontSize: typography.size.xs,
      fontVariantNumeric: 'tabular-nums',
      textAlign: 'right',
      width: 64,
    }),
  };
}

import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { ChamberHits, ChamberId, ChamberOfRun, RunSpan, SliceSum, Station } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import { chamberParams, type MonitorApi } from '../../api/monitorApi.ts';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { useSize } from '../../components/panel.ts';
import { useQuery } from '../../components/useQuery.ts';
import { chamberModel, type ChamberModel } from '../../heatmap/chamberModel.ts';
import { pictureLayout } from '../../heatmap/drawing.ts';
import { scaleMaxima } from '../../heatmap/scale.ts';
import { heatmapStyle } from '../../heatmap/style.ts';
import { spanInUtc, spanInWords } from '../../strip/moments.ts';
import type { Theme } from '../../theme/theme.ts';
import { Heatmap } from '../chamber/Heatmap.tsx';
import { LayerTable } from '../chamber/LayerTable.tsx';
import { defaultOptions } from '../chamber/options.ts';
import { faultInWords } from '../incidents/model.ts';

interface Props {
  api: MonitorApi;
  chamber: ChamberOfRun;
  span: RunSpan;
}

const tableWidth = 230;
const height = 280;

/** What a chamber counted in a span of the run beside all that it counted in the run: one colour is one share of the hits, however long either is. */
export function SpanPictures({ api, chamber, span }: Props) {
  const styles = useStyles2(getStyles);
  const [frame, { width }] = useSize<HTMLDivElement>();
  const key = chamberParams(chamber);
  const of = `${span.from?.at ?? ''} ${span.to.at}`;
  const part = useQuery(`span ${key} ${of}`, () => api.sliceSum(chamber, span.from?.at ?? null, span.to.at));
  // A run in progress has more hits each time; the span is asked for once.
  const whole = useQuery(`hits ${key} ${of}`, () => api.hits(chamber));
  const problem = part.problem ?? whole.problem;
  return (
    <section className={styles.section} aria-label="Span of the run" ref={frame}>
      {problem ? (
        <ProblemMessage problem={problem} retry={part.problem ? part.refetch : whole.refetch} />
      ) : part.data && whole.data && width > 0 ? (
        <Pictures part={part.data} whole={whole.data} chamber={chamber} width={width} />
      ) : (
        <Message icon="sync" title="Counting the span" />
      )}
    </section>
  );
}

interface PicturesProps {
  part: SliceSum;
  whole: ChamberHits;
  chamber: ChamberOfRun;
  width: number;
}

function Pictures({ part, whole, chamber, width }: PicturesProps) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const { run } = chamber;
  const station = chamber.station as Station;
  const models = useMemo(() => {
    const { matrix: hits, scores, verdicts, faults } = part;
    const id: ChamberId = chamber;
    const ofLayer = Array.from(
      { length: 12 },
      (_, row) => faults.find(({ layers }) => layers.includes(row + 1))?.kind ?? null,
    );
    return {
      span: chamberModel({ chamber: id, run, hits, scores, verdicts, faults: ofLayer }),
      run: chamberModel({ chamber: id, run, hits: whole.matrix }),
    };
  }, [part, whole, chamber, run]);
  const plotWidth = Math.floor((width - tableWidth - 16) / 2);
  const styleOf = useMemo(() => {
    const [top = 1] = scaleMaxima(models.run, { kind: 'linear', reach: 'chamber', fixedMax: 1 });
    const scaled = (share: number) =>
      heatmapStyle(
        { ...defaultOptions, reach: 'fixed', fixedMax: Math.max(1, top * share) },
        theme,
        null,
        top,
      );
    return { run: scaled(1), span: scaled(hitsOf(models.span) / Math.max(1, hitsOf(models.run))) };
  }, [models, theme]);
  const rows = useMemo(
    () => pictureLayout(models.span, { width: plotWidth, height, pixelRatio: 1 }).rows,
    [models, plotWidth],
  );
  const picture = (which: 'span' | 'run') => (
    <Heatmap
      model={models[which]}
      comparison={null}
      content="hits"
      width={plotWidth}
      height={height}
      style={styleOf[which]}
      saliencyOpacity={0}
      showValues={false}
      format={String}
      linksOf={() => []}
      onHover={() => undefined}
      brushed={null}
    />
  );
  const { slices, gaps, faults, model } = part;
  return (
    <>
      <div className={styles.pictures}>
        <figure className={styles.figure}>
          <figcaption title={spanInUtc(part.span)}>
            {spanInWords(part.span)}: {slices} slice{slices === 1 ? '' : 's'},{' '}
            {model === null ? 'not judged: no model runs beside the API' : `judged by ${model}`}
          </figcaption>
          {picture('span')}
        </figure>
        <div className={styles.layers}>
          <LayerTable
            model={models.span}
            rows={rows}
            width={tableWidth}
            height={height}
            history={null}
            opinions={[]}
          />
        </div>
        <figure className={styles.figure}>
          <figcaption>whole run {run} so far, the same share of the hits in the same colour</figcaption>
          {picture('run')}
        </figure>
      </div>
      {gaps.map((gap) => (
        <p key={gap} className={styles.note}>
          with a gap: {gap}
        </p>
      ))}
      {faults.map((fault) => {
        const text = faultInWords(fault, station);
        return (
          <p key={text} className={styles.note}>
            {text}
          </p>
        );
      })}
    </>
  );
}

function hitsOf({ layers }: ChamberModel): number {
  return sum(layers.map(({ hits }) => sum(hits.filter((each) => each > 0))));
}

function getStyles({ colors, spacing, typography }: Theme) {
  const small = { color: colors.text.secondary, fontSize: typography.bodySmall.fontSize, margin: 0 };
  return {
    section: css({ minHeight: height + 24 }),
    pictures: css({ display: 'flex', gap: 8 }),
    figure: css({
      margin: 0,
      minWidth: 0,
      '& figcaption': {
        ...small,
        fontVariantNumeric: 'tabular-nums',
        lineHeight: '20px',
        whiteSpace: 'nowrap',
      },
    }),
    layers: css({ paddingTop: 20 }),
    note: css({ ...small, padding: spacing(0.25, 0) }),
  };
}

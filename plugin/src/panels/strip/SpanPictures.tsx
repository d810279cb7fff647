import React, { useCallback, useEffect, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type {
  ChamberHits,
  ChamberId,
  ChamberOfRun,
  RunSpan,
  SliceSum,
  SpanLabel,
  Station,
} from '@dtdqm/contract';
import type { GrafanaTheme2 } from '@grafana/data';
import { sum } from '@dtdqm/contract/numbers';
import { chamberParams, type MonitorApi } from '../../api/monitorApi.ts';
import { KeyButton } from '../../components/controls.tsx';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { useKeptFocus, usePanelKeys, useSize } from '../../components/panel.ts';
import { useQuery } from '../../components/useQuery.ts';
import { chamberModel, type ChamberModel } from '../../heatmap/chamberModel.ts';
import { pictureLayout } from '../../heatmap/drawing.ts';
import { scaleMaxima } from '../../heatmap/scale.ts';
import { heatmapStyle } from '../../heatmap/style.ts';
import { type Intent, KeysContext, useOwnKeys } from '../../labelling/keys.ts';
import type { OpenOutbox } from '../../labelling/useOutbox.ts';
import { spanInUtc, spanInWords } from '../../strip/moments.ts';
import { plainKeyOf } from '../../components/press.ts';
import { Heatmap } from '../chamber/Heatmap.tsx';
import { LayerTable } from '../chamber/LayerTable.tsx';
import { defaultOptions } from '../chamber/options.ts';
import { faultInWords } from '../incidents/model.ts';
import { SpanLabelBar } from './SpanLabels.tsx';
import { spanIntentOf, useSpanLabelling, type SpanLabelling } from './useSpanLabelling.ts';

interface Props {
  api: MonitorApi;
  chamber: ChamberOfRun;
  span: RunSpan;
  /** Labels in force of spans of this run. */
  labels: readonly SpanLabel[];
  outbox: OpenOutbox | null;
  /** The element inside which keys are meant for the span. */
  keysOf: React.RefObject<HTMLElement | null>;
}

const height = 280;

/** What a chamber counted in a span of the run beside all that it counted in the run: one colour is one share of the hits, however long either is. */
export function SpanPictures({ api, chamber, span, labels, outbox, keysOf }: Props) {
  const styles = useStyles2(getStyles);
  const [frame, { width }] = useSize<HTMLDivElement>();
  const key = chamberParams(chamber);
  const of = `${span.from?.at ?? ''} ${span.to.at}`;
  const part = useQuery(`span ${key} ${of}`, () => api.sliceSum(chamber, span));
  // A run in progress has more hits each time; the span is asked for once.
  const whole = useQuery(`hits ${key} ${of}`, () => api.hits(chamber));
  // What was asked for must not open below what is seen.
  useEffect(() => frame.current?.scrollIntoView({ block: 'nearest' }), [frame]);
  const [isExplained, setExplained] = useState(false);
  const explained = useQuery(`explained ${key} ${of} ${isExplained}`, () =>
    isExplained ? api.sliceSum(chamber, span, true) : Promise.resolve(null),
  );
  const problem = part.problem ?? whole.problem ?? explained.problem;
  const labelling = useSpanLabelling(chamber, part.data, labels, outbox);
  const keys = useOwnKeys();
  const toggleSaliency = () => setExplained((before) => !before);
  const isOpen = labelling.session.task !== null;
  const hasBad = part.data?.verdicts.includes('bad') ?? false;
  const read = useCallback(
    (press: KeyboardEvent): Intent | 'open' | null => {
      if (isOpen) return spanIntentOf(keys, press);
      const intent = keys.intentOf(press);
      if (intent?.type === 'saliency') return hasBad ? intent : null;
      return plainKeyOf(press) === 'l' ? 'open' : null;
    },
    [keys, isOpen, hasBad],
  );
  const act = (intent: Intent | 'open') => {
    if (intent === 'open') labelling.open();
    else if (intent.type === 'saliency') toggleSaliency();
    else labelling.act(intent);
  };
  usePanelKeys(keysOf, true, read, act, labelling.close);
  useKeptFocus(keysOf, () => pictureIn(keysOf));
  // Enter saves: it must not press the button that the span was chosen by.
  useEffect(() => {
    if (isOpen) pictureIn(keysOf)?.focus({ preventScroll: true });
  }, [isOpen, keysOf]);
  return (
    <KeysContext.Provider value={keys}>
      <section className={styles.section} aria-label="Span of the run" ref={frame}>
        {problem ? (
          <ProblemMessage problem={problem} retry={part.problem ? part.refetch : whole.refetch} />
        ) : part.data && whole.data && width > 0 ? (
          <Pictures
            part={explained.data ?? part.data}
            whole={whole.data}
            labelling={labelling}
            saliency={{
              isShown: isExplained,
              isComing: isExplained && explained.isLoading,
              toggle: toggleSaliency,
            }}
            {...{ chamber, width }}
          />
        ) : (
          <Message icon="sync" title="Counting the span" />
        )}
      </section>
    </KeysContext.Provider>
  );
}

/** The strip itself, which arrow keys walk. */
function pictureIn({ current }: React.RefObject<HTMLElement | null>): HTMLElement | null {
  return current?.querySelector<HTMLElement>('[role="application"]') ?? null;
}

interface PicturesProps {
  part: SliceSum;
  whole: ChamberHits;
  chamber: ChamberOfRun;
  width: number;
  labelling: SpanLabelling;
  saliency: { isShown: boolean; isComing: boolean; toggle: () => void };
}

function Pictures({ part, whole, chamber, width, labelling, saliency }: PicturesProps) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const { run } = chamber;
  const station = chamber.station as Station;
  const models = useMemo(() => {
    const { matrix: hits, scores, verdicts, faults, saliency: attribution } = part;
    const id: ChamberId = chamber;
    const ofLayer = Array.from(
      { length: 12 },
      (_, row) => faults.find(({ layers }) => layers.includes(row + 1))?.kind ?? null,
    );
    return {
      span: chamberModel({
        ...{ chamber: id, run, hits, scores, verdicts, faults: ofLayer },
        saliency: attribution ?? [],
      }),
      run: chamberModel({ chamber: id, run, hits: whole.matrix }),
    };
  }, [part, whole, chamber, run]);
  const { task, answer } = labelling.session;
  const tableWidth = task ? 340 : 230;
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
      content={which === 'span' && saliency.isShown ? 'hits-and-saliency' : 'hits'}
      width={plotWidth}
      height={height}
      style={styleOf[which]}
      saliencyOpacity={defaultOptions.saliencyOpacity}
      showValues={false}
      format={String}
      linksOf={() => []}
      onHover={() => undefined}
      brushed={null}
    />
  );
  const { slices, gaps, faults, model, verdicts } = part;
  return (
    <>
      <div className={styles.acts}>
        <SpanLabelBar labelling={labelling} chamber={chamber} span={part.span} />
        {model === null ? null : verdicts.includes('bad') ? (
          <KeyButton
            shown="v"
            label={
              saliency.isComing ? 'Saliency is worked out' : saliency.isShown ? 'Hide saliency' : 'Saliency'
            }
            onClick={saliency.toggle}
          />
        ) : (
          <span className={styles.note}>
            {verdicts.includes('good')
              ? 'no layer is bad, so there is nothing to explain'
              : 'too few hits to judge'}
          </span>
        )}
      </div>
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
            {...(task
              ? {
                  answer: answer.verdicts,
                  toggle: (layer: number, doubt: boolean) =>
                    void labelling.act({ type: doubt ? 'doubt' : 'toggle', layer }),
                }
              : {})}
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

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  const small = { color: colors.text.secondary, fontSize: typography.bodySmall.fontSize, margin: 0 };
  return {
    section: css({ minHeight: height + 24 }),
    acts: css({
      alignItems: 'center',
      display: 'flex',
      flexWrap: 'wrap',
      gap: spacing(1),
      padding: spacing(0.5, 0),
    }),
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

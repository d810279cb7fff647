import React, { useMemo, useState, type ReactNode, type Ref } from 'react';
import { css } from '@emotion/css';
import { Button, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import type { ChamberSlices, RunChange, RunSpan, SpanLabel } from '@dtdqm/contract';
import { useSize } from '../../components/panel.ts';
import { type Liveness, spanInWords } from '../../strip/moments.ts';
import {
  columnsIn,
  layerStrip,
  spanOfColumns,
  wireStrip,
  within,
  type TimeRange,
} from '../../strip/stripModel.ts';
import { visuallyHidden } from '../../theme/theme.ts';
import { ChangeList } from './ChangeList.tsx';
import { StripPicture } from './StripPicture.tsx';
import type { ColumnRange } from './useStripPointer.ts';

interface Props {
  /** Its own element, for keys. */
  frame: Ref<HTMLDivElement>;
  data: ChamberSlices;
  /** Labels in force of spans of this run. */
  labels: readonly SpanLabel[];
  liveness: Liveness;
  /** The layer whose wires are shown; null for the layers. */
  layer: number | null;
  openLayer: (layer: number | null) => void;
  /** What stands below for a span that was chosen. */
  spanPictures: (span: RunSpan) => ReactNode;
  /** What was said of spans. @param lookAt chooses one. */
  labelList: (lookAt: (span: RunSpan) => void) => ReactNode;
  /** Least height of the picture, px. */
  height: number;
  /** While a span stands below. */
  heightBesideSpan: number;
  /** The time that is looked at; the whole run where it holds nothing of it. */
  shown: TimeRange | undefined;
}

/** A chamber through a run: its strip, what changed, and a span of it when one is chosen. */
export function StripView(props: Props) {
  const { frame, data, labels, liveness, layer, openLayer, spanPictures, labelList, shown } = props;
  const styles = useStyles2(getStyles);
  const [body, { width }] = useSize<HTMLDivElement>();
  // By time and not by column: a slice that comes must not move what is chosen.
  const [chosen, setChosen] = useState<RunSpan | null>(null);
  const whole = useMemo(() => {
    const hasWires = data.slices.some(({ wires }) => wires !== undefined);
    return layer !== null && hasWires ? wireStrip(data, layer, labels) : layerStrip(data, labels);
  }, [data, layer, labels]);
  const [from, to] = [shown?.from ?? -Infinity, shown?.to ?? Infinity];
  const model = useMemo(() => within(whole, { from, to }), [whole, from, to]);
  const height = chosen ? props.heightBesideSpan : props.height;
  const hidden = whole.columns.length - model.columns.length;
  const range = chosen && columnsIn(model, chosen);
  const choose = (next: ColumnRange | null) => setChosen(next && spanOfColumns(model, next.first, next.last));
  const { changes, slices } = data;
  const lookAt = (span: RunSpan) => choose(columnsIn(model, span));
  const lookAtChange = ({ happened, told }: RunChange) => lookAt({ from: happened.from, to: told });
  return (
    <div ref={frame} className={styles.strip} role="group" aria-label="Inside the run" data-testid="strip">
      <div className={styles.head}>
        <span className={styles.title}>Inside the run</span>
        <span className={styles[liveness.tone]}>{liveness.words}</span>
        {layer === null ? (
          <span>
            {slices.length} {slices.length === 1 ? 'slice' : 'slices'}
            {hidden > 0 ? `, ${hidden} of them outside the time shown` : ''} · drag to see a span, click a
            layer for its wires
          </span>
        ) : (
          <Button size="sm" variant="secondary" icon="arrow-left" onClick={() => openLayer(null)}>
            Wires of layer {layer}: back to all layers
          </Button>
        )}
        {chosen ? (
          <Button size="sm" variant="secondary" icon="times" onClick={() => setChosen(null)}>
            {spanInWords(chosen)}: back to the run
          </Button>
        ) : null}
      </div>
      <div ref={body} className={styles.picture} style={{ height }}>
        {width > 0 ? (
          <StripPicture
            model={model}
            width={width}
            height={height}
            chosen={range}
            choose={choose}
            openLayer={openLayer}
          />
        ) : null}
      </div>
      {changes.length > 0 ? (
        <ChangeList changes={[...changes].reverse()} label="What changed, newest first" open={lookAtChange} />
      ) : slices.length > 0 ? (
        <p className={styles.none}>No change was told in what was counted.</p>
      ) : null}
      {labelList(lookAt)}
      {chosen ? spanPictures(chosen) : null}
      <SliceTable data={data} />
    </div>
  );
}

/** The same as the picture in words: for those who do not see it. */
function SliceTable({ data: { slices, waiting } }: { data: ChamberSlices }) {
  return (
    // Around it and not on it: a table is never narrower than its words, and would make the page scroll sideways.
    <div className={visuallyHidden}>
      <table>
        <caption>Slices of the run, oldest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Hits</th>
            <th scope="col">Bad layers</th>
            <th scope="col">Layers of which nothing is known</th>
          </tr>
        </thead>
        <tbody>
          {slices.map((slice) => (
            <tr key={slice.look}>
              <th scope="row">
                {spanInWords(slice)}
                {slice.gap ? ` (before it a gap: ${slice.gap})` : ''}
              </th>
              <td>{slice.hits}</td>
              <td>{layersThat(slice.verdicts, 'bad')}</td>
              <td>{layersThat(slice.verdicts, 'unknown')}</td>
            </tr>
          ))}
          {waiting ? (
            <tr>
              <th scope="row">{spanInWords(waiting)}</th>
              <td>{waiting.hits}</td>
              <td>not judged yet</td>
              <td>all</td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}

function layersThat(verdicts: readonly (string | null)[], wanted: string): string {
  const layers = verdicts.flatMap((verdict, index) => (verdict === wanted ? [index + 1] : []));
  return layers.length > 0 ? layers.join(', ') : 'none';
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  const small = { color: colors.text.secondary, fontSize: typography.bodySmall.fontSize };
  return {
    strip: css({
      display: 'flex',
      flexDirection: 'column',
      gap: spacing(0.5),
      minHeight: 0,
      position: 'relative',
    }),
    head: css({
      ...small,
      alignItems: 'center',
      display: 'flex',
      flexWrap: 'wrap',
      fontVariantNumeric: 'tabular-nums',
      gap: spacing(0.5, 2),
    }),
    title: css({ color: colors.text.primary, fontWeight: typography.fontWeightMedium }),
    picture: css({ flex: 'none', minWidth: 0 }),
    none: css({ ...small, margin: 0 }),
    live: css({ color: colors.text.primary }),
    early: css({ color: colors.text.primary }),
    over: css({}),
    stopped: css({ color: colors.warning.text, fontWeight: typography.fontWeightMedium }),
  };
}

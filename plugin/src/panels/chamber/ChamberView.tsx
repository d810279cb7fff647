import React, { useCallback, useMemo, type ReactNode } from 'react';
import { css } from '@emotion/css';
import type { Field, LinkModel, GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2, useTheme2 } from '@grafana/ui';
import { newKey, type MonitorApi } from '../../api/monitorApi.ts';
import { useKeptFocus, usePanelKeys, useSize, optionsOf } from '../../components/panel.ts';
import type { History, Opinion } from '../../frames/chamberFrames.ts';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import { pictureLayout, type Content } from '../../heatmap/drawing.ts';
import type { CellAddress } from '../../heatmap/layout.ts';
import { scaleMaxima, sharedScale } from '../../heatmap/scale.ts';
import { heatmapStyle } from '../../heatmap/style.ts';
import { intentAmongKinds, type Intent, type Press, KeysContext, useOwnKeys } from '../../labelling/keys.ts';
import { isBlind } from '../../labelling/session.ts';
import { ChamberHeading, ViewControls } from './ChamberHeader.tsx';
import { Heatmap } from './Heatmap.tsx';
import { LabelBar, LabelDialog } from './LabellingControls.tsx';
import { LayerTable } from './LayerTable.tsx';
import { nextView, viewLabels, type ChamberOptions, type ChamberViewName } from './options.ts';
import { RejectedEntry } from './OutboxStatus.tsx';
import type { Labelling } from './useLabelling.ts';

export interface ChamberViewProps {
  api: MonitorApi;
  /** Null while there is nothing to draw; `children` then says why. */
  model: ChamberModel | null;
  comparison: ChamberModel | null;
  history: History | null;
  opinions: readonly Opinion[];
  hitsField: Field | null;
  linksOf: (cell: CellAddress) => LinkModel[];
  onHover: (cell: CellAddress | null) => void;
  options: ChamberOptions;
  change: (options: Partial<ChamberOptions>) => void;
  labelling: Labelling | null;
  /** How far labelling has come. */
  progress: ReactNode;
  steps: ReactNode;
  children?: ReactNode;
}

/** One chamber: heading, picture, what is known of each layer beside it, and the means to label it below. */
export function ChamberView(props: ChamberViewProps) {
  const { api, model, comparison, options, change, labelling } = props;
  const controller = labelling?.controller;
  const styles = useStyles2(getStyles);
  const [panel, panelSize] = useSize<HTMLDivElement>();
  const [body, { width, height }] = useSize<HTMLDivElement>();
  const views = useMemo(() => availableViews(model, comparison), [model, comparison]);
  const view = views.includes(options.view) ? options.view : 'hits';
  const act = useCallback(
    (intent: Intent) => {
      if (intent.type === 'saliency') change({ view: nextView(view) });
      else controller?.act(intent);
    },
    [change, controller, view],
  );
  const dismiss = useCallback(() => controller?.dismissDialog() ?? false, [controller]);
  const keys = useOwnKeys();
  const isChoosingKind = labelling?.state.session.dialog === 'fault';
  const read = useCallback(
    (press: Press) => (isChoosingKind ? intentAmongKinds(press, keys) : keys.intentOf(press)),
    [keys, isChoosingKind],
  );
  usePanelKeys(panel, labelling !== null, read, act, dismiss);
  useKeptFocus(panel);
  const focusPanel = useCallback(() => panel.current?.focus(), [panel]);
  return (
    <KeysContext.Provider value={keys}>
      <div
        ref={panel}
        className={styles.panel}
        // Focusable, because keys act only while the focus is inside.
        tabIndex={labelling ? 0 : -1}
        role="group"
        aria-label="Chamber"
        data-testid="chamber-panel"
      >
        <ChamberHeading model={model} labelling={labelling} />
        {options.showControls && model ? (
          <ViewControls
            api={api}
            model={model}
            view={view}
            options={options}
            change={change}
            available={views}
            width={panelSize.width}
          />
        ) : null}
        {labelling?.state.outbox.rejected.map((entry) => (
          <RejectedEntry
            key={entry.key}
            entry={entry}
            resolve={(keep) => labelling.controller.outbox.resolve(entry, keep, newKey())}
          />
        ))}
        <div ref={body} className={styles.body}>
          {model && width > 0 && view !== 'steps' ? (
            <Pictures {...props} model={model} view={view} width={width} height={height} />
          ) : null}
          {model && view === 'steps' ? props.steps : null}
          {model ? null : props.children}
        </div>
        {labelling ? (
          <div className={styles.foot}>
            <div className={styles.state}>
              <p className={styles.notice} role="status">
                {labelling.state.session.notice ?? ''}
              </p>
              <span className={styles.invitation}>
                <Button size="sm" variant="secondary" fill="text" onClick={focusPanel}>
                  Click or press Enter to label
                </Button>
              </span>
              {props.progress}
            </div>
            <LabelDialog labelling={labelling} focusPanel={focusPanel} />
            <LabelBar session={labelling.state.session} act={act} />
          </div>
        ) : null}
      </div>
    </KeysContext.Provider>
  );
}

type PictureView = Exclude<ChamberViewName, 'steps'>;

interface PicturesProps extends ChamberViewProps {
  model: ChamberModel;
  view: PictureView;
  width: number;
  height: number;
}

const contents: Record<PictureView, readonly Content[]> = {
  hits: ['hits'],
  'hits-and-saliency': ['hits-and-saliency'],
  'side-by-side': ['hits', 'saliency'],
  saliency: ['saliency'],
  compare: ['comparison', 'hits'],
  ratio: ['ratio'],
};

/** The picture or pictures of a view, and the table of layers at the right of them. */
function Pictures({ model, comparison, options, view, width, height, labelling, ...props }: PicturesProps) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const { hitsField: field } = props;
  const shown = contents[view];
  // Two runs over one another show the same wires in line; a low panel has no room for that.
  const isStacked = view === 'compare' && height > 0.35 * width;
  const titles = view === 'compare' ? { hits: runInWords(model), comparison: runInWords(comparison) } : {};
  const titleHeight = view === 'compare' ? 18 : 0;
  const tableWidth = tableWidthFor(width, labelling !== null);
  const plotWidth = Math.floor((width - tableWidth - 8) / (isStacked ? 1 : shown.length));
  const plotHeight = Math.floor(height / (isStacked ? shown.length : 1)) - titleHeight;
  const style = useMemo(() => {
    const scaled = view === 'compare' ? sharedScale(options, [model, comparison]) : options;
    const [top = 1] = scaleMaxima(model, { ...options, kind: 'linear', reach: 'chamber' });
    return heatmapStyle(scaled, theme, field, top);
  }, [options, view, model, comparison, theme, field]);
  const format = useCallback(
    (hits: number) => {
      const shownValue = field?.display?.(hits);
      return shownValue ? `${shownValue.text}${shownValue.suffix ?? ''}` : plainNumber(hits);
    },
    [field],
  );
  const rows = useMemo(
    () => pictureLayout(model, { width: plotWidth, height: plotHeight, pixelRatio: 1 }).rows,
    [model, plotWidth, plotHeight],
  );
  const session = labelling?.state.session ?? null;
  const hidesModel = session !== null && isBlind(session);
  const controller = labelling?.controller;
  return (
    <>
      <div style={{ display: 'flex', flexDirection: isStacked ? 'column' : 'row' }}>
        {shown.map((content) => (
          <div key={content}>
            {titleHeight > 0 ? (
              <div className={styles.plotTitle} style={{ height: titleHeight }}>
                {titles[content as 'hits']}
              </div>
            ) : null}
            <Heatmap
              model={model}
              comparison={comparison}
              content={content}
              width={plotWidth}
              height={plotHeight}
              style={style}
              saliencyOpacity={options.saliencyOpacity}
              showValues={options.showValues}
              format={format}
              linksOf={props.linksOf}
              onHover={props.onHover}
              onBrush={controller ? (wires) => controller.setAnswer({ wires }) : undefined}
              brushed={session?.answer.wires ?? null}
            />
          </div>
        ))}
      </div>
      {tableWidth > 0 ? (
        <div style={{ paddingTop: titleHeight + (isStacked ? plotHeight + titleHeight : 0) }}>
          <LayerTable
            model={model}
            rows={rows}
            width={tableWidth}
            height={plotHeight}
            history={hidesModel ? null : props.history}
            opinions={hidesModel ? [] : props.opinions}
            answer={session?.answer.verdicts}
            toggle={
              controller
                ? (layer, doubt) => controller.act({ type: doubt ? 'doubt' : 'toggle', layer })
                : undefined
            }
          />
        </div>
      ) : null}
    </>
  );
}

function availableViews(model: ChamberModel | null, comparison: ChamberModel | null): ChamberViewName[] {
  const hasSaliency = model?.layers.some(({ saliency }) => saliency.length > 0) ?? false;
  return optionsOf(viewLabels)
    .map(({ value }) => value)
    .filter((view) => {
      if (view === 'compare' || view === 'ratio') return comparison !== null;
      if (view === 'hits') return true;
      return hasSaliency && (view !== 'steps' || (model?.run !== null && model?.chamber !== null));
    });
}

function tableWidthFor(width: number, isLabelling: boolean): number {
  if (width < 420) return isLabelling ? 148 : 60;
  const wanted = isLabelling ? 400 : 330;
  return Math.round(Math.min(wanted, width * 0.42));
}

function runInWords(model: ChamberModel | null): string {
  return model?.run ? `run ${model.run}` : '';
}

function plainNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    panel: css({
      display: 'flex',
      flexDirection: 'column',
      gap: spacing(1),
      height: '100%',
      minHeight: 0,
      position: 'relative',
      '&:focus-visible': { outline: `1px solid ${colors.primary.border}`, outlineOffset: 6 },
    }),
    body: css({ display: 'flex', flex: '1 1 0', gap: 8, minHeight: 120, position: 'relative' }),
    plotTitle: css({
      color: colors.text.secondary,
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      lineHeight: 1.3,
    }),
    foot: css({ position: 'relative' }),
    state: css({
      alignItems: 'center',
      display: 'flex',
      flexWrap: 'wrap',
      fontSize: typography.bodySmall.fontSize,
      gap: spacing(0, 2),
      minHeight: spacing(3),
    }),
    notice: css({ color: colors.warning.text, flex: '1 1 auto', margin: 0 }),
    // Keys act while the focus is inside, and there somebody who comes by Tab still has to find it.
    invitation: css({ '[role="group"]:focus-within &:not(:focus-within)': { visibility: 'hidden' } }),
  };
}

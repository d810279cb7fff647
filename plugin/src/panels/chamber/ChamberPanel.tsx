import React, { useCallback, useContext, useMemo, useRef, useState } from 'react';
import { css } from '@emotion/css';
import { DataHoverClearEvent, DataHoverEvent, LoadingState, type PanelProps } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { api } from '../../api/send.ts';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import {
  isFrameError,
  readChamberFrames,
  type FrameError,
  type Opinion,
} from '../../frames/chamberFrames.ts';
import { type ChamberModel, chamberModel } from '../../heatmap/chamberModel.ts';
import type { CellAddress } from '../../heatmap/layout.ts';
import { ChamberView } from './ChamberView.tsx';
import type { ChamberOptions } from './options.ts';
import { LabelProgress } from './OutboxStatus.tsx';
import { StepsView } from './StepsView.tsx';
import {
  LabelPlacingContext,
  useDashboardPlacing,
  useLabelling,
  useLabelPlace,
  type Labelling,
} from './useLabelling.ts';
import { layerNumbers, type ChamberData, type LabelVerdict } from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { useQuery } from '../../components/useQuery.ts';
import { isBlind, type Session, type Task } from '../../labelling/session.ts';

/** The chamber panel as Grafana sees it: frames and options in, the view of one chamber out. */
export function ChamberPanel({
  data,
  options: configured,
  width,
  height,
  eventBus,
}: PanelProps<ChamberOptions>) {
  const [options, change] = useOptionOverrides(configured);
  const read = useMemo(() => readChamberFrames(data.series), [data.series]);
  const frames = isFrameError(read) ? null : read;
  const labelling = useLabelling(api, options);
  const own = useContext(LabelPlacingContext);
  const ofDashboard = useDashboardPlacing(frames?.model ?? null, locationService);
  useLabelPlace(labelling, options.labelling, own ?? ofDashboard);
  const session = labelling?.state.session ?? null;
  const model = useChamberModel(api, session, frames?.model ?? null, options.saliencyMethod);
  const matches = frames !== null && isSameChamber(frames.model, model);
  const opinions = useMemo<readonly Opinion[]>(
    () => (session ? opinionsOf(session) : (frames?.opinions ?? [])),
    [session, frames],
  );
  const linksOf = useCallback(
    ({ layer, wire }: CellAddress) => {
      const row = frames?.rowOf(layer, wire) ?? null;
      return row === null ? [] : (frames?.hits.getLinks?.({ valueRowIndex: row }) ?? []);
    },
    [frames],
  );
  const hoveredRow = useRef<number | null>(null);
  const onHover = useCallback(
    (cell: CellAddress | null) => {
      const row = cell && frames ? frames.rowOf(cell.layer, cell.wire) : null;
      if (row === hoveredRow.current) return;
      hoveredRow.current = row;
      if (row === null) eventBus.publish(new DataHoverClearEvent());
      else eventBus.publish(new DataHoverEvent({ point: { ...cell }, rowIndex: row }));
    },
    [eventBus, frames],
  );
  return (
    <div style={{ width, height }}>
      <ChamberView
        api={api}
        model={model}
        comparison={matches ? frames.comparison : null}
        history={matches ? frames.history : null}
        opinions={opinions}
        hitsField={frames?.hits ?? null}
        linksOf={linksOf}
        onHover={onHover}
        options={options}
        change={change}
        labelling={labelling}
        progress={labelling ? <LabelProgress api={api} labelling={labelling} /> : null}
        steps={
          model?.chamber && model.run !== null ? (
            <StepsView
              key={JSON.stringify([model.run, model.chamber])}
              api={api}
              chamber={{ run: model.run, ...model.chamber }}
              scores={model.layers.map(({ score }) => score)}
            />
          ) : null
        }
      >
        {labelling ? (
          <NothingToLabel labelling={labelling} isSecond={options.secondOpinions} />
        ) : data.state === LoadingState.Loading ? (
          <Message icon="sync" title="Loading the chamber" />
        ) : (
          <FrameHelp fault={isFrameError(read) ? read : null} queryError={data.error?.message ?? null} />
        )}
      </ChamberView>
    </div>
  );
}

/** Options with what a viewer changed on top; that holds until the dashboard's own options change. */
function useOptionOverrides(
  options: ChamberOptions,
): [ChamberOptions, (more: Partial<ChamberOptions>) => void] {
  const [made, setMade] = useState({ of: options, overrides: {} as Partial<ChamberOptions> });
  const inForce = useMemo(
    () => (made.of === options ? { ...options, ...made.overrides } : options),
    [options, made],
  );
  const change = useCallback(
    (more: Partial<ChamberOptions>) =>
      setMade(({ of, overrides }) => ({
        of: options,
        overrides: of === options ? { ...overrides, ...more } : more,
      })),
    [options],
  );
  return [inForce, change];
}

function isSameChamber(a: ChamberModel, b: ChamberModel | null): boolean {
  return b !== null && a.run === b.run && JSON.stringify(a.chamber) === JSON.stringify(b.chamber);
}

interface NothingProps {
  labelling: Labelling;
  /** Second opinions are asked for. */
  isSecond: boolean;
}

function NothingToLabel({ labelling: { controller, state }, isSecond }: NothingProps) {
  if (state.problem) return <ProblemMessage problem={state.problem} retry={() => controller.next()} />;
  if (state.waiting) return <Message icon="sync" title="Fetching the next chamber" />;
  if (isSecond) {
    return (
      <Message icon="check-circle" title="No second opinion is asked of you">
        <p>
          The last training doubted no label, or all that it doubted were answered since. One’s own labels are
          asked about only while nobody else labels.
        </p>
      </Message>
    );
  }
  return (
    <Message icon="check-circle" title="Nothing is left to label">
      <p>
        Of runs that are over every chamber of which something is known is labelled, skipped, or leased by
        another expert. A run brings new ones when it is over.
      </p>
    </Message>
  );
}

const exampleQuery = `SELECT run, wheel, station, sector, layer, wire, hits, saliency, score, verdict
FROM reporting.occupancy
WHERE run = $run AND wheel = $wheel AND station = $station AND sector = $sector`;

/** What the panel says instead of a picture: the query failed, gave nothing, or gave columns of another shape. */
function FrameHelp({ fault, queryError }: { fault: FrameError | null; queryError: string | null }) {
  if (queryError) {
    return (
      <Message urgent icon="exclamation-triangle" title="The query failed">
        <p>
          <code>{queryError}</code>
        </p>
      </Message>
    );
  }
  if (fault && fault.found.length === 0) {
    return (
      <Message icon="search" title="No such chamber in this run">
        <p>
          The query gave no rows. The run may not have been fetched, the source may have had no histogram, or
          the chamber was never built: sectors 13 and 14 exist in MB4 only. Choose another run or chamber.
        </p>
      </Message>
    );
  }
  return (
    <Message icon="table" title="These columns are not a chamber">
      <p>
        Needed, one row a wire: <code>layer</code>, <code>wire</code>, <code>hits</code>.{' '}
        {fault?.missing.length ? (
          <>
            Missing: <strong>{fault.missing.join(', ')}</strong>.
          </>
        ) : null}{' '}
        Found: {fault?.found.join(', ')}.
      </p>
      <pre className={css({ textAlign: 'left' })}>{exampleQuery}</pre>
    </Message>
  );
}

/**
 * What is drawn: the chamber to be labelled while labelling is on, the frames' chamber otherwise; with the saliency of the method
 * in force.
 *
 * @param session null while labelling is off.
 */
export function useChamberModel(
  api: MonitorApi,
  session: Session | null,
  ofFrames: ChamberModel | null,
  method: ChamberOptions['saliencyMethod'],
): ChamberModel | null {
  const isLabelling = session !== null;
  const task = session?.task ?? null;
  const model = useMemo(() => {
    if (isLabelling) return task ? modelOfTask(task) : null;
    return ofFrames;
  }, [isLabelling, task, ofFrames]);
  return useSaliency(api, model, session && isBlind(session) ? 'stored' : method);
}

/** The model of a chamber that is to be labelled; while the answer is blind, of its hits alone. */
function modelOfTask({ chamber, matrix, data, history }: Task): ChamberModel {
  const { run, wheel, station, sector } = chamber;
  return chamberModel({
    chamber: { wheel, station, sector },
    run,
    hits: matrix,
    ...(data
      ? {
          saliency: data.saliency,
          scores: data.scores,
          verdicts: data.verdicts,
          faults: faultsByLayer(data),
          labels: history?.current?.verdicts ?? labelsOf(data),
        }
      : {}),
  });
}

/** The first named fault of each layer, most certain first. */
function faultsByLayer({ faults = [] }: ChamberData): (string | null)[] {
  const ordered = [...faults].sort((a, b) => b.confidence - a.confidence);
  return layerNumbers.map((layer) => ordered.find(({ layers }) => layers.includes(layer))?.kind ?? null);
}

function labelsOf({ evaluation }: ChamberData): (LabelVerdict | null)[] | undefined {
  return evaluation?.bad_layers?.map((flag) => (flag ? 'bad' : 'good'));
}

/** The model with the saliency of another method, once the monitor has computed it; until then, and when it fails, as it came. */
function useSaliency(
  api: MonitorApi,
  model: ChamberModel | null,
  method: ChamberOptions['saliencyMethod'],
): ChamberModel | null {
  const { chamber = null, run = null } = model ?? {};
  const { data: computed } = useQuery(JSON.stringify([run, chamber, method]), async () =>
    method === 'stored' || !chamber || run === null ? null : api.saliency({ run, ...chamber }, method),
  );
  return useMemo(() => {
    if (!model || !computed) return model;
    const layers = model.layers.map((layer, row) => ({ ...layer, saliency: computed.saliency[row] ?? [] }));
    return { ...model, layers };
  }, [model, computed]);
}

/** The latest label of each expert but oneself, per layer; none while a blind answer is wanted. */
export function opinionsOf({ task }: Session): Opinion[] {
  if (!task?.history || !task.data) return [];
  const labels = task.history.events.filter(({ kind, undoneBy }) => kind === 'label' && undoneBy === null);
  const latest = new Map(labels.map((event) => [event.by, event]));
  return [...latest.values()].flatMap(({ by, verdicts }) =>
    (verdicts ?? []).flatMap((label, row) => (label ? [{ expert: by, layer: row + 1, label }] : [])),
  );
}

import React, { useCallback, useMemo, useRef } from 'react';
import { DataHoverClearEvent, DataHoverEvent, LoadingState, type PanelProps } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { monitorApi } from '../../api/monitorApi.ts';
import { grafanaSend } from '../../api/send.ts';
import { Message, ProblemMessage } from '../../components/Message.tsx';
import { isFrameFault, type Opinion, readChamberFrames } from '../../frames/chamberFrames.ts';
import type { CellAddress } from '../../heatmap/layout.ts';
import type { DeskState } from '../../labelling/desk.ts';
import { chamberOfTask } from './chamberOfTask.ts';
import { ChamberView } from './ChamberView.tsx';
import { FrameHelp } from './FrameHelp.tsx';
import type { ChamberOptions } from './options.ts';
import { StepsView } from './StepsView.tsx';
import { useChanges } from './useChanges.ts';
import { useDesk } from './useDesk.ts';
import { useFollowing } from './useFollowing.ts';
import { useSaliency } from './useSaliency.ts';

const api = monitorApi(grafanaSend);

/** The chamber panel as Grafana sees it: frames and options in, the view of one chamber out. */
export function ChamberPanel({ data, options, width, height, eventBus }: PanelProps<ChamberOptions>) {
  const [inForce, change] = useChanges(options);
  const read = useMemo(() => readChamberFrames(data.series), [data.series]);
  const frames = isFrameFault(read) ? null : read;
  const labelling = useDesk(api, inForce);
  useFollowing(labelling, inForce.labelling, frames?.model ?? null, locationService);
  const session = labelling?.state.session ?? null;
  const task = session?.task ?? null;
  const isLabelling = labelling !== null;
  const revealed = session?.revealed ?? true;
  const plain = useMemo(() => {
    if (isLabelling) return task ? chamberOfTask(task, revealed) : null;
    return frames?.model ?? null;
  }, [isLabelling, task, revealed, frames]);
  const model = useSaliency(api, plain, revealed ? inForce.saliencyMethod : 'stored');
  const matches = frames !== null && isSamePicture(frames.model, model);
  const opinions = useMemo<readonly Opinion[]>(
    () => (labelling ? opinionsOf(labelling.state) : (frames?.opinions ?? [])),
    [labelling, frames],
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
        model={model}
        comparison={matches ? frames.comparison : null}
        history={matches ? frames.history : null}
        opinions={opinions}
        hitsField={frames?.hits ?? null}
        linksOf={linksOf}
        onHover={onHover}
        options={inForce}
        change={change}
        labelling={labelling}
        steps={
          model ? (
            <StepsView key={JSON.stringify([model.run, model.chamber])} api={api} model={model} />
          ) : null
        }
      >
        {labelling ? (
          <NothingToLabel state={labelling.state} next={() => labelling.desk.next()} />
        ) : data.state === LoadingState.Loading ? (
          <Message icon="sync" title="Loading the chamber" />
        ) : (
          <FrameHelp fault={isFrameFault(read) ? read : null} error={data.error?.message ?? null} />
        )}
      </ChamberView>
    </div>
  );
}

function NothingToLabel({ state, next }: { state: DeskState; next: () => void }) {
  if (state.problem) return <ProblemMessage problem={state.problem} retry={next} />;
  if (state.waiting) return <Message icon="sync" title="Fetching the next chamber" />;
  return (
    <Message icon="check-circle" title="Nothing is left to label">
      <p>Every scored chamber is labelled, skipped, or in another expert’s hands. New runs bring new ones.</p>
    </Message>
  );
}

function isSamePicture(a: { run: number | null; chamber: unknown }, b: typeof a | null): boolean {
  return b !== null && a.run === b.run && JSON.stringify(a.chamber) === JSON.stringify(b.chamber);
}

/** The latest word of each expert but oneself, per layer. */
function opinionsOf({ session }: DeskState): Opinion[] {
  const history = session.task?.history;
  if (!history || !session.revealed) return [];
  const said = history.events.filter(({ kind, undoneBy }) => kind === 'label' && undoneBy === null);
  const latest = new Map(said.map((event) => [event.by, event]));
  return [...latest.values()].flatMap(({ by, verdicts }) =>
    (verdicts ?? []).flatMap((label, row) => (label ? [{ expert: by, layer: row + 1, label }] : [])),
  );
}

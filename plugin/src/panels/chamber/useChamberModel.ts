import { useMemo } from 'react';
import { layerNumbers, type ChamberData, type LabelVerdict } from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { useQuery } from '../../components/useQuery.ts';
import type { Opinion } from '../../frames/chamberFrames.ts';
import { chamberModel, type ChamberModel } from '../../heatmap/chamberModel.ts';
import { isBlind, type Session, type Task } from '../../labelling/session.ts';
import type { ChamberOptions } from './options.ts';

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

import type { ChamberData, LabelVerdict } from '@dtdqm/contract';
import { chamberModel, type ChamberModel } from '../../heatmap/chamberModel.ts';
import type { ChamberTask } from '../../labelling/prefetch.ts';

/**
 * The model of a chamber that is to be labelled.
 *
 * @param revealed false leaves out everything that could influence a first answer: it is then nowhere in the page.
 */
export function chamberOfTask({ chamber, data, history }: ChamberTask, revealed: boolean): ChamberModel {
  const { run, wheel, station, sector } = chamber;
  return chamberModel({
    chamber: { wheel, station, sector },
    run,
    hits: data.matrix,
    ...(revealed
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
  return Array.from(
    { length: 12 },
    (_, row) => ordered.find(({ layers }) => layers.includes(row + 1))?.kind ?? null,
  );
}

function labelsOf({ evaluation }: ChamberData): (LabelVerdict | null)[] | undefined {
  return evaluation?.bad_layers?.map((flag) => (flag ? 'bad' : 'good'));
}

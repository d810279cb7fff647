import type { Fault, Verdict } from '@dtdqm/contract';
import { degreeOf, toleranceNames } from '../faults/tolerated.ts';
import type { LoadedModel } from '../model/loadedModel.ts';
import type { ModelMetadata } from '../model/modelFolder.ts';
import { chamberWires, type ChamberCells } from '../prepare/chamberWires.ts';
import type { JudgeOptions } from '../preprocessing/preprocessing.ts';
import { judge } from '../scoreChambers.ts';
import { limitNames, type TaughtModel } from './adapt.ts';
import { takeSamples, type Samples } from './fit.ts';

/** What is said of the twelve layers of a chamber: P(bad), -1 where there is no layer, the verdict, and what is wrong with them. */
export interface LayersSaid {
  readonly scores: readonly number[];
  readonly verdicts: readonly (Verdict | null)[];
  readonly faults: readonly Fault[];
}

/**
 * Chambers as the models of one preprocessing see them, without their wires: a tenth of the memory, and what any of those models says of the
 * layers follows in milliseconds.
 */
export interface SeenChambers {
  /** A row for each layer; what is true of it is not known. */
  readonly samples: Samples;
  /** Chamber and row (0..11) of each. */
  readonly layers: readonly { readonly chamber: number; readonly row: number }[];
  readonly chambers: number;
}

export function seeChambers({ preprocessing }: LoadedModel, inputs: readonly ChamberCells[]): SeenChambers {
  const { tensors, layers } = preprocessing.prepare(inputs.map(chamberWires));
  const samples = { tensors, bad: new Float32Array(layers.length), count: layers.length };
  return { samples, layers, chambers: inputs.length };
}

/** Some of the layers with the truth about them, for teaching. @param which row of the samples and whether it is bad. */
export function asLessons(
  { samples }: SeenChambers,
  which: readonly { readonly sample: number; readonly bad: boolean }[],
): Samples {
  const rows = which.map(({ sample }) => sample);
  return { ...takeSamples(samples, rows), bad: Float32Array.from(which, ({ bad }) => (bad ? 1 : 0)) };
}

/** What a model's judge makes of the scores of its network. @param thresholds the model's own unless set. */
export function judgeScores(
  model: LoadedModel,
  inputs: readonly ChamberCells[],
  scores: readonly (readonly number[])[],
  options: JudgeOptions,
  thresholds: ModelMetadata['thresholds'] = model.metadata.thresholds,
): LayersSaid[] {
  const judging = { ...model, metadata: { ...model.metadata, thresholds } };
  return inputs.map((input, index) => judge(judging, chamberWires(input), scores[index]!, options));
}

/**
 * Whether a judge may come to another verdict by other scores and limits: it does not where every layer stands on the same side of every limit,
 * and nothing in it is tolerated by one and not by the other, since all else that it looks at is the chamber's own.
 */
export function mayDiffer(before: ByNetwork & Pick<LayersSaid, 'faults'>, after: ByNetwork): boolean {
  const isToleratedOtherwise = before.faults
    .flatMap((fault) => degreeOf(fault) ?? [])
    .some(({ kind }) => before.thresholds[toleranceNames[kind]] !== after.thresholds[toleranceNames[kind]]);
  return (
    isToleratedOtherwise ||
    limitNames(before.thresholds).some((name) =>
      before.scores.some(
        (score, row) =>
          score >= before.thresholds[name]! !== after.scores[row]! >= (after.thresholds[name] ?? 1),
      ),
    )
  );
}

interface ByNetwork {
  readonly scores: readonly number[];
  readonly thresholds: TaughtModel['thresholds'];
}

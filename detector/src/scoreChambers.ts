import type { SaliencyMethodName } from '@dtdqm/contract';
import { judgeByThreshold, scoresOf } from './faults/judge.ts';
import { judgeWhole } from './faults/wholeChamber.ts';
import type { LoadedModel } from './model/loadedModel.ts';
import { withPooledArrays, withOwnArrays } from './prepare/arrayPool.ts';
import {
  chamberWires,
  type ChamberCells,
  type ChamberWires,
  type LayerWires,
} from './prepare/chamberWires.ts';
import type { Judgement, JudgeOptions } from './preprocessing/preprocessing.ts';
import { explain, methodOf } from './saliency/methods.ts';
import type { ScoreOptions } from './scorer.ts';

export interface JudgedChamber extends Judgement {
  /** Attribution per wire; undefined when it was not asked for. */
  readonly attribution: LayerWires | undefined;
  /** How it was made. */
  readonly saliencyMethod: SaliencyMethodName | undefined;
}

/**
 * Judges chambers with one model on this thread's backend: clean, prepare, network, calibrate, judge, explain.
 *
 * @param inputs with valid matrices (see `validateInputs`).
 */
export function scoreChambers(
  model: LoadedModel,
  inputs: readonly ChamberCells[],
  options: ScoreOptions = {},
): JudgedChamber[] {
  return withPooledArrays(() => scoreAndExplain(model, inputs, options));
}

function scoreAndExplain(
  model: LoadedModel,
  inputs: readonly ChamberCells[],
  { saliency = true, method = methodOf(model), hotIsBad }: ScoreOptions,
): JudgedChamber[] {
  const { metadata, preprocessing, network } = model;
  const chambers = inputs.map(chamberWires);
  const samples = preprocessing.prepare(chambers);
  const differences = network.differences(samples.tensors, samples.layers.length);
  const scores = scoresOf(samples, differences, chambers.length, metadata.calibration);
  const attributions = saliency ? withOwnArrays(() => explain(model, chambers, method)) : [];
  return chambers.map((chamber, index) => {
    const saliencyMethod = saliency ? method : undefined;
    return {
      ...judge(model, chamber, scores[index]!, { hotIsBad }),
      attribution: attributions[index],
      saliencyMethod,
    };
  });
}

/** @param scores of its layers, by the network. */
export function judge(
  { metadata, preprocessing }: LoadedModel,
  chamber: ChamberWires,
  scores: readonly number[],
  options: JudgeOptions = {},
): Judgement {
  return (
    judgeWhole(chamber, scores) ??
    preprocessing.judge?.(chamber, scores, metadata.thresholds, options) ??
    judgeByThreshold(scores, metadata.thresholds)
  );
}

import type { SaliencyMethodName } from '@dtdqm/contract';
import { judgeByThreshold, scoresOf } from './faults/judge.ts';
import { doubtMissingWires } from './faults/missingWires.ts';
import { judgeWhole } from './faults/wholeChamber.ts';
import type { LoadedModel } from './model/loadedModel.ts';
import { withPooledArrays, withOwnArrays } from './prepare/arrayPool.ts';
import {
  chamberWires,
  type ChamberCells,
  type ChamberWires,
  type LayerWires,
} from './prepare/chamberWires.ts';
import type { Judgement, JudgeOptions, LayerSamples } from './preprocessing/preprocessing.ts';
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

/** As many chambers as scoring threads take at a time: what they need is lent again while it is at hand for the processor. */
const judgedAtOnce = 32;

/**
 * Judges chambers with several models on this thread's backend, without explaining them: what those of one preprocessing see of a chamber, and
 * what its wires tell by themselves, is worked out once.
 *
 * @param inputs with valid matrices (see `validateInputs`).
 * @returns for each model the same chambers in the same order.
 */
export function judgeByEach(models: readonly LoadedModel[], inputs: readonly ChamberCells[]): Judgement[][] {
  const judged: Judgement[][] = models.map(() => []);
  for (let from = 0; from < inputs.length; from += judgedAtOnce) {
    withPooledArrays(() => {
      const chambers = inputs.slice(from, from + judgedAtOnce).map(chamberWires);
      const prepared = new Map<string, LayerSamples>();
      for (const [index, model] of models.entries()) {
        const { metadata, preprocessing, network } = model;
        const seenAs = JSON.stringify(metadata.preprocessing);
        const samples = prepared.get(seenAs) ?? preprocessing.prepare(chambers);
        prepared.set(seenAs, samples);
        const differences = network.differences(samples.tensors, samples.layers.length);
        const scores = scoresOf(samples, differences, chambers.length, metadata.calibration);
        judged[index]!.push(...chambers.map((chamber, which) => judge(model, chamber, scores[which]!)));
      }
    });
  }
  return judged;
}

/** @param scores of its layers, by the network. */
export function judge(
  { metadata, preprocessing }: LoadedModel,
  chamber: ChamberWires,
  scores: readonly number[],
  options: JudgeOptions = {},
): Judgement {
  return doubtMissingWires(
    chamber,
    judgeWhole(chamber, scores) ??
      preprocessing.judge?.(chamber, scores, metadata.thresholds, options) ??
      judgeByThreshold(scores, metadata.thresholds),
  );
}

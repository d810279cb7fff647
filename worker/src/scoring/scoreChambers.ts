import type { Matrix } from '@dtdqm/contract';
import { judgeByThreshold } from './judge/byThreshold.ts';
import { scoresOf } from './judge/calibrate.ts';
import type { LoadedModel } from './model/loadModel.ts';
import { chamberWires, onMatrix } from './prepare/chamberWires.ts';
import { explain } from './saliency/explain.ts';
import type { ChamberVerdict, ScoreOptions, ScorerInput } from './scorer.ts';

/**
 * Judges chambers with one model on this thread's backend: clean, prepare, network, calibrate, judge, explain.
 *
 * @param inputs with valid matrices (see `validateInputs`).
 */
export function scoreChambers(
  model: LoadedModel,
  inputs: readonly ScorerInput[],
  options: ScoreOptions = {},
): ChamberVerdict[] {
  const { metadata, preprocessing, network } = model;
  const chambers = inputs.map(chamberWires);
  const samples = preprocessing.prepare(chambers);
  const differences = network.differences(samples.tensors, samples.layers.length);
  const scores = scoresOf(samples, differences, chambers.length, metadata.calibration);
  const judge = preprocessing.judge ?? ((_chamber, own, thresholds) => judgeByThreshold(own, thresholds));
  const explained =
    (options.saliency ?? true) ? explain(model, chambers, metadata.saliency.method) : undefined;
  return chambers.map((chamber, index) => ({
    ...judge(chamber, scores[index]!, metadata.thresholds),
    saliency: explained ? onMatrix(inputs[index]!.matrix as Matrix, explained[index]!) : [],
  }));
}

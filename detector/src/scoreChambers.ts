import { judgeByThreshold } from './judge/byThreshold.ts';
import { scoresOf } from './judge/calibrate.ts';
import type { LoadedModel } from './model/loadModel.ts';
import { chamberWires, type ChamberCells, type LayerWires } from './prepare/chamberWires.ts';
import { onLentRoom, onOwnRoom } from './prepare/memory.ts';
import type { Judgement } from './preprocessing/preprocessing.ts';
import { explain } from './saliency/explain.ts';
import type { ScoreOptions } from './scorer.ts';

export interface JudgedChamber extends Judgement {
  /** Attribution per wire; undefined when it was not asked for. */
  readonly attribution: LayerWires | undefined;
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
  return onLentRoom(() => scoreAndExplain(model, inputs, options));
}

function scoreAndExplain(
  model: LoadedModel,
  inputs: readonly ChamberCells[],
  { saliency = true, method = model.metadata.saliency.method }: ScoreOptions,
): JudgedChamber[] {
  const { metadata, preprocessing, network } = model;
  const chambers = inputs.map(chamberWires);
  const samples = preprocessing.prepare(chambers);
  const differences = network.differences(samples.tensors, samples.layers.length);
  const scores = scoresOf(samples, differences, chambers.length, metadata.calibration);
  const attributions = saliency ? onOwnRoom(() => explain(model, chambers, method)) : [];
  return chambers.map((chamber, index) => {
    const own = scores[index]!;
    const judgement = preprocessing.judge
      ? preprocessing.judge(chamber, own, metadata.thresholds)
      : judgeByThreshold(own, metadata.thresholds);
    return { ...judgement, attribution: attributions[index] };
  });
}

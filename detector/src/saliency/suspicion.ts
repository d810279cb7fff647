import { scoresOf } from '../judge/calibrate.ts';
import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import { baselineOf } from './baseline.ts';

/** Share of the limit for bad from which a layer is worth a close look: all but a few stay below. */
const shareOfLimit = 0.5;

/** By chamber and row, whether the model finds the layer at least suspicious. */
export function suspiciousLayers(
  { metadata, preprocessing, network }: LoadedModel,
  chambers: readonly ChamberWires[],
): boolean[][] {
  const samples = preprocessing.prepare(chambers);
  const differences = network.differences(samples.tensors, samples.layers.length);
  const scores = scoresOf(samples, differences, chambers.length, metadata.calibration);
  return scores.map((own) => own.map((score) => score >= shareOfLimit * metadata.thresholds.bad));
}

/** The baselines that integrated gradients start from; see {@link baselineOf}. */
export function baselinesOf(
  model: LoadedModel,
  chambers: readonly ChamberWires[],
  suspicious: readonly (readonly boolean[])[] = suspiciousLayers(model, chambers),
): ChamberWires[] {
  return chambers.map((chamber, index) =>
    baselineOf(model.preprocessing, chamber, (row) => suspicious[index]![row]!),
  );
}

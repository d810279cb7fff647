import { scoresOf } from './faults/judge.ts';
import type { LoadedModel } from './model/loadedModel.ts';
import { modelLabel } from './model/modelFolder.ts';
import { chamberWires, onMatrix, type ChamberCells, type ChamberWires } from './prepare/chamberWires.ts';
import { resize, scaleToMaximum, originalLength } from './preprocessing/original47.ts';
import type { LayerSamples } from './preprocessing/preprocessing.ts';
import { withNoise } from './saliency/gradient.ts';
import { explain, methodOf } from './saliency/methods.ts';
import { judge } from './scoreChambers.ts';
import type { ByInput, ChamberSteps, LayerSteps } from './scorer.ts';

const passes = 25;
const seed = 0;

/** All intermediate steps of one chamber, for people who want to see why. */
export function chamberSteps(model: LoadedModel, input: ChamberCells): ChamberSteps {
  const { metadata, preprocessing } = model;
  const wires = chamberWires(input);
  const method = methodOf(model);
  const [attribution] = explain(model, [wires], method);
  const mappedBack = onMatrix(input.matrix, attribution!);
  const samples = preprocessing.prepare([wires]);
  const { differences, gradients } = model.network.differentiate(samples.tensors, samples.layers.length);
  const smoothed = smoothedGradients(model, wires);
  const [scores] = scoresOf(samples, differences, 1, metadata.calibration);
  const judged = judge(model, wires, scores!);
  const layers = samples.layers.map(({ row }, sample): LayerSteps => {
    const cleaned = wires.layers[row]!;
    const resized = resize(cleaned, originalLength);
    return {
      layer: row + 1,
      score: judged.scores[row]!,
      raw: Array.from(input.matrix[row]!),
      cleaned: [...cleaned],
      resized: [...resized],
      scaled: [...scaleToMaximum(resized)],
      inputs: ofSample(samples.tensors, samples, sample),
      gradient: ofSample(gradients, samples, sample),
      smoothed: ofSample(smoothed, samples, sample),
      mappedBack: mappedBack[row]!,
    };
  });
  return { model: modelLabel(metadata), saliency: method, layers };
}

function smoothedGradients(
  { preprocessing, network }: LoadedModel,
  wires: ChamberWires,
): Record<string, Float64Array> {
  const noisy = Array.from({ length: passes }, (_, pass) => withNoise(wires, seed, pass));
  const samples = preprocessing.prepare(noisy);
  const { gradients } = network.differentiate(samples.tensors, samples.layers.length);
  return Object.fromEntries(
    Object.entries(gradients).map(([name, values]) => {
      const size = values.length / passes;
      const mean = new Float64Array(size);
      values.forEach((value, index) => (mean[index % size]! += value / passes));
      return [name, mean];
    }),
  );
}

function ofSample(
  tensors: Readonly<Record<string, ArrayLike<number>>>,
  { layers }: LayerSamples,
  sample: number,
): ByInput {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => {
      const size = values.length / layers.length;
      return [name, Array.from({ length: size }, (_, index) => values[sample * size + index]!)];
    }),
  );
}

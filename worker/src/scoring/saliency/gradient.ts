import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { zerosLike } from './wireGradient.ts';

/**
 * Gradient of logit(bad) - logit(good) by the hits of every wire, summed over the layers of a chamber. Positive: more
 * hits here would speak for bad. Units: logits a hit.
 *
 * @throws {Error} when the model's preprocessing has no pullback.
 */
export function gradientByWire(model: LoadedModel, chambers: readonly ChamberWires[]): LayerWires[] {
  const { preprocessing, network } = model;
  if (!preprocessing.pullback)
    throw new Error(`preprocessing "${preprocessing.name}" has no gradient by wire`);
  const samples = preprocessing.prepare(chambers);
  const { gradients } = network.differentiate(samples.tensors, samples.layers.length);
  const saliency = chambers.map(zerosLike);
  const into = samples.layers.map(({ chamber }) => saliency[chamber]!);
  preprocessing.pullback(chambers, samples, gradients, into);
  return saliency;
}

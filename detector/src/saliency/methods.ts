import { saliencyMethodNames, type SaliencyMethodName } from '@dtdqm/contract';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../model/loadedModel.ts';
import { gradient, integratedGradients, smoothGrad } from './gradient.ts';
import { occlusion } from './occlusion.ts';
import type { Saliency, SaliencyOptions } from './saliency.ts';

const methods: Readonly<Record<SaliencyMethodName, Saliency>> = {
  gradient,
  smoothgrad: smoothGrad,
  'integrated-gradients': integratedGradients,
  occlusion,
};

type Explained = Pick<LoadedModel, 'metadata' | 'preprocessing'>;

/** The method that a model's card names; where it is not offered any more, as by the first two of shape and rate, occlusion. */
export function methodOf({ metadata, preprocessing }: Explained): SaliencyMethodName {
  return preprocessing.fromWires ? metadata.saliency.method : 'occlusion';
}

/**
 * The model's own method first. Occlusion looks at any model from outside; gradients by wire need a network that sees wires, not what was
 * made of them.
 */
export function methodsOf(model: Explained): SaliencyMethodName[] {
  const own = methodOf(model);
  return [own, ...saliencyMethodNames.filter((name) => name !== own && model.preprocessing.fromWires)];
}

/**
 * What every wire contributed to the logits of its chamber, by the method named.
 *
 * @throws {RangeError} when the model does not offer the method; the message names those that it does.
 */
export function explain(
  model: LoadedModel,
  chambers: readonly ChamberWires[],
  method: SaliencyMethodName,
  options: SaliencyOptions = {},
): LayerWires[] {
  const offered = methodsOf(model);
  if (!offered.includes(method)) {
    throw new RangeError(`the model does not offer "${method}", only ${offered.join(', ')}`);
  }
  return methods[method](model, chambers, options);
}

import { saliencyMethodNames, type SaliencyMethodName } from '@dtdqm/contract';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../scoreChambers.ts';
import { gradient, integratedGradients, smoothGrad } from './gradient.ts';
import { occlusion } from './occlusion.ts';
import type { Saliency, SaliencyOptions } from './saliency.ts';

const methods: Readonly<Record<SaliencyMethodName, Saliency>> = {
  gradient,
  smoothgrad: smoothGrad,
  'integrated-gradients': integratedGradients,
  occlusion,
};

/** Occlusion looks at any model from outside; gradients by wire need a network that sees wires, not what was made of them. */
export function methodsOf({ preprocessing }: Pick<LoadedModel, 'preprocessing'>): SaliencyMethodName[] {
  return saliencyMethodNames.filter((name) => name === 'occlusion' || preprocessing.fromWires);
}

/** The method that a model's card names; where it does not offer that any more, as the first two of shape and rate, occlusion. */
export function methodOf(model: Pick<LoadedModel, 'metadata' | 'preprocessing'>): SaliencyMethodName {
  const { method } = model.metadata.saliency;
  return methodsOf(model).includes(method) ? method : 'occlusion';
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

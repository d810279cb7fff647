import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { gradient } from './gradient.ts';
import { integratedGradients } from './integratedGradients.ts';
import type { SaliencyMethod } from './methods.ts';
import { occlusion } from './occlusion.ts';
import type { Saliency, SaliencyOptions } from './saliency.ts';
import { smoothGrad } from './smoothGrad.ts';

const methods: Readonly<Record<SaliencyMethod, Saliency>> = {
  gradient,
  smoothgrad: smoothGrad,
  'integrated-gradients': integratedGradients,
  occlusion,
};

/** What every wire contributed to the logits of its chamber, by the method named. */
export function explain(
  model: LoadedModel,
  chambers: readonly ChamberWires[],
  method: SaliencyMethod,
  options: SaliencyOptions = {},
): LayerWires[] {
  return methods[method](model, chambers, options);
}

import type { SaliencyMethodName } from '@dtdqm/contract';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../scoreChambers.ts';
import { gradient, smoothGrad } from './gradient.ts';
import { integratedGradients } from './integratedGradients.ts';
import { occlusion } from './occlusion.ts';
import type { Saliency, SaliencyOptions } from './saliency.ts';

const methods: Readonly<Record<SaliencyMethodName, Saliency>> = {
  gradient,
  smoothgrad: smoothGrad,
  'integrated-gradients': integratedGradients,
  occlusion,
};

/** What every wire contributed to the logits of its chamber, by the method named. */
export function explain(
  model: LoadedModel,
  chambers: readonly ChamberWires[],
  method: SaliencyMethodName,
  options: SaliencyOptions = {},
): LayerWires[] {
  return methods[method](model, chambers, options);
}

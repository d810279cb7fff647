import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { gradientByWire } from './gradient.ts';

type Method = (model: LoadedModel, chambers: readonly ChamberWires[]) => LayerWires[];

const methods: Readonly<Record<string, Method>> = {
  gradient: gradientByWire,
};

export const saliencyMethods = Object.keys(methods);

/** @throws {Error} when there is no saliency method of that name. */
export function saliencyMethod(name: string): Method {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) throw new Error(`saliency "${name}" is not known: expected ${saliencyMethods.join(', ')}`);
  return method;
}

/** What every wire contributed to the scores of its chamber, by the method named. */
export function explain(model: LoadedModel, chambers: readonly ChamberWires[], method: string): LayerWires[] {
  return saliencyMethod(method)(model, chambers);
}

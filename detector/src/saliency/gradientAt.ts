import type { LoadedModel } from '../model/loadModel.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';

/** Twelve rows of zeros, one for each wire; null where there is no layer. */
export function zerosLike({ layers }: ChamberWires): LayerWires {
  return layers.map((wires) => (wires ? new Float64Array(wires.length) : null));
}

/**
 * Adds the gradient of logit(bad) - logit(good) by the hits of every wire to `into`, one entry for each chamber.
 * Units: logits a hit.
 *
 * @param layer only that layer's logits; otherwise the sum over the layers of each chamber.
 * @throws {Error} when the model's preprocessing has no pullback.
 */
export function addGradientAt(
  { preprocessing, network }: LoadedModel,
  chambers: readonly ChamberWires[],
  layer: number | undefined,
  into: readonly LayerWires[],
): void {
  const pullback = requirePullback(preprocessing);
  const samples = preprocessing.prepare(chambers);
  const { gradients } = network.differentiate(samples.tensors, samples.layers.length);
  if (layer !== undefined) {
    for (const gradient of Object.values(gradients)) {
      const size = gradient.length / samples.layers.length;
      samples.layers.forEach(({ row }, sample) => {
        if (row !== layer - 1) gradient.fill(0, sample * size, (sample + 1) * size);
      });
    }
  }
  const destinations = samples.layers.map(({ chamber }) => into[chamber]!);
  pullback(chambers, samples, gradients, destinations);
}

/** @throws {Error} when the preprocessing cannot take gradients back to wires. */
export function requirePullback(preprocessing: Preprocessing): NonNullable<Preprocessing['pullback']> {
  if (!preprocessing.pullback) {
    throw new Error(`preprocessing "${preprocessing.name}" has no gradient by wire: use occlusion`);
  }
  return preprocessing.pullback.bind(preprocessing);
}

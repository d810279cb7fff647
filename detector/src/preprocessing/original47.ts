import type { ChamberWires } from '../prepare/chamberWires.ts';
import { resize, resizeTransposed } from '../prepare/resize.ts';
import { scaleToMaximum, scaleTransposed } from '../prepare/scale.ts';
import type { LayerSamples, Preprocessing, WireGradient } from './preprocessing.ts';

/** Cells of the original network's input: the length of the shortest layer of the detector. */
export const originalLength = 47;
const input = 'layer';

/**
 * What the original network was used with: drop the -1 cells, resize to 47, divide by the layer's own maximum.
 * It sees one layer alone, so whatever that scaling hides (a dead or weak layer) it cannot judge.
 */
export const original47: Preprocessing = {
  name: 'original-47',
  reach: 'layer',
  inputs: { [input]: [originalLength] },

  prepare(chambers: readonly ChamberWires[]): LayerSamples {
    const layers = chambers.flatMap(({ layers }, chamber) =>
      layers.flatMap((wires, row) => (wires ? [{ chamber, row }] : [])),
    );
    const values = new Float32Array(layers.length * originalLength);
    layers.forEach(({ chamber, row }, sample) => {
      values.set(
        scaleToMaximum(resize(chambers[chamber]!.layers[row]!, originalLength)),
        sample * originalLength,
      );
    });
    return { layers, tensors: { [input]: values } };
  },

  pullback(chambers, samples, gradients, into: readonly WireGradient[]) {
    const gradient = gradients[input]!;
    samples.layers.forEach(({ chamber, row }, sample) => {
      const resized = resize(chambers[chamber]!.layers[row]!, originalLength);
      const own = gradient.subarray(sample * originalLength, (sample + 1) * originalLength);
      resizeTransposed(scaleTransposed(resized, own), into[sample]![row]!);
    });
  },
};

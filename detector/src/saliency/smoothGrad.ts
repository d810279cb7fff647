import type { ChamberWires } from '../prepare/chamberWires.ts';
import { levelOf } from './baseline.ts';
import { addGradientAt, zerosLike } from './gradientAt.ts';
import { noiseFor } from './noise.ts';
import type { Saliency } from './saliency.ts';

const defaultPasses = 50;
/** Standard deviation of the noise over the level of the layer; 10 to 20 % is what its authors recommend. */
const noiseLevel = 0.15;

/**
 * SmoothGrad (Smilkov et al., 2017): the mean gradient over noisy copies of the chamber. Sign and units as `gradient`.
 */
export const smoothGrad: Saliency = (model, chambers, { layer, seed = 0, passes = defaultPasses }) => {
  const sums = chambers.map(zerosLike);
  for (let pass = 0; pass < passes; pass++) {
    const noisy = chambers.map((chamber) => withNoise(chamber, seed, pass));
    addGradientAt(model, noisy, layer, sums);
  }
  for (const rows of sums) {
    for (const values of rows) values?.forEach((value, wire) => (values[wire] = value / passes));
  }
  return sums;
};

/** A copy of the chamber with noise that depends on seed, chamber and pass alone. */
export function withNoise(chamber: ChamberWires, seed: number, pass: number): ChamberWires {
  const layers = chamber.layers.map((wires, row) => {
    if (!wires) return null;
    const noise = noiseFor(seed, chamber.chamber, row, pass);
    const deviation = noiseLevel * levelOf(wires);
    return wires.map((hits, wire) => hits + deviation * noise(wire));
  });
  return { ...chamber, layers };
}

import { addUp, logRatio, noTotals, quantile } from './levels.ts';
import type { FourLayers } from './siblings.ts';

/** Median of chi-squared with one degree of freedom: what the median of squared residuals is for plain counting noise. */
export const medianChiSquared = 0.455;

/**
 * Variance over mean of counts about their reference, from the median of squared residuals, so that faults do not
 * count. At least 1: correlated siblings scatter less, which is no reason to trust them more.
 *
 * @param residuals squared residuals over expectation.
 * @param reference what the scatter of the reference itself adds, as a factor.
 */
export function dispersionOf(residuals: Float64Array, count: number, reference: number): number {
  if (count < 8) return 1;
  return Math.max(1, quantile(residuals, count, 0.5) / medianChiSquared / reference);
}

const totals = noTotals();
const distances = new Float64Array(12);

/** How far the layers of a chamber lie from what their siblings let expect: median magnitude of the logarithm of the ratio. */
export function layerScatterOf(
  superlayers: readonly ({ layers: FourLayers; siblings: FourLayers } | null)[],
): number {
  let count = 0;
  for (const view of superlayers) {
    if (!view) continue;
    for (let own = 0; own < 4; own++) {
      addUp(view.layers[own]!, view.siblings[own]!, 1, totals);
      distances[count++] = Math.abs(logRatio(totals.found, totals.expected));
    }
  }
  return quantile(distances, count, 0.5);
}

/** Median distance of layers from their siblings (logarithm) that real chambers do not reach, what counting adds taken off: of those with
 * many hits it is 0.01, and half of the simulated chambers whose layers differ by 5 % (sd) have 0.047. */
const scattered = 0.03;

/**
 * Whether the layers of a chamber differ by more than those of real ones.
 *
 * @param layerScatter see {@link layerScatterOf}.
 * @param levelError counting error of the level of a superlayer, which is that of two layers: a layer and two siblings scatter by 1.7 times as
 * much, and the median of that is two thirds.
 */
export function isScattered(layerScatter: number, levelError: number): boolean {
  return layerScatter ** 2 - (1.15 * levelError) ** 2 > scattered ** 2;
}

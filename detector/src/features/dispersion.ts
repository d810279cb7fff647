import { quantile } from './quantile.ts';

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

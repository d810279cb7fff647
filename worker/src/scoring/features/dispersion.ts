/** Median of chi-squared with one degree of freedom: what the median of squared residuals is for plain counting noise. */
const medianChiSquared = 0.455;
/** A reference made of two siblings scatters, too. */
const referenceShare = 1.4;

/**
 * Variance over mean of counts about their reference, from the median of squared residuals, so that faults do not
 * count. At least 1: correlated siblings scatter less, which is no reason to trust them more.
 *
 * @param residuals squared residuals over expectation; sorted in place.
 */
export function dispersionOf(residuals: Float64Array, reference: number = referenceShare): number {
  if (residuals.length < 8) return 1;
  residuals.sort();
  const median = residuals[residuals.length >> 1]!;
  return Math.max(1, median / medianChiSquared / reference);
}

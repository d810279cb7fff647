import type { RatingSums } from './ratings.ts';

/**
 * Krippendorff's alpha for nominal data; takes any number of raters and missing ratings.
 *
 * Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011).
 */
export function krippendorffAlpha(sums: RatingSums): number | null {
  const ratings = sums.counts.reduce((sum, count) => sum + count, 0);
  const possible = ratings ** 2 - sums.counts.reduce((sum, count) => sum + count ** 2, 0);
  if (possible === 0) return null;
  return 1 - ((ratings - 1) * (ratings - sums.coincidences)) / possible;
}

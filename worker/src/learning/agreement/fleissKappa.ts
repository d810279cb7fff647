import { chanceCorrected } from './chanceCorrected.ts';
import { percentAgreement } from './percentAgreement.ts';
import type { RatingSums } from './ratings.ts';

/**
 * Fleiss' kappa for any number of raters. Where units have unequal numbers of ratings, a category's chance
 * is the mean of its shares (Gwet, Handbook of Inter-Rater Reliability, 4th ed., ch. 2), which is Fleiss' own
 * formula when the numbers are equal.
 *
 * Source: J. L. Fleiss, Psychological Bulletin 76 (1971) 378.
 */
export function fleissKappa(sums: RatingSums): number | null {
  const expected = sums.shares.reduce((sum, share) => sum + (share / sums.rated) ** 2, 0);
  return chanceCorrected(percentAgreement(sums), expected);
}

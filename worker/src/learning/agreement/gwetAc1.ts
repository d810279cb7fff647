import { chanceCorrected } from './chanceCorrected.ts';
import { percentAgreement } from './percentAgreement.ts';
import type { RatingSums } from './ratings.ts';

/**
 * Gwet's AC1: chance agreement stays small when nearly everything is one category, where kappa collapses.
 *
 * Source: K. L. Gwet, British Journal of Mathematical and Statistical Psychology 61 (2008) 29.
 */
export function gwetAc1(sums: RatingSums): number | null {
  const categories = sums.shares.length;
  const spread = sums.shares.reduce((sum, share) => sum + (share / sums.rated) * (1 - share / sums.rated), 0);
  return chanceCorrected(percentAgreement(sums), spread / (categories - 1));
}

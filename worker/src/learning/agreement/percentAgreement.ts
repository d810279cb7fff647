import type { RatingSums } from './ratings.ts';

/** Share of rater pairs that agree, averaged over units with at least two ratings, 0..1; null without such a unit. */
export function percentAgreement(sums: RatingSums): number | null {
  return sums.paired === 0 ? null : sums.agreement / sums.paired;
}

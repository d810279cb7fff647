import { uncertainty } from './margin.ts';
import { outlierness } from './outlier.ts';
import type { Strategy } from './strategy.ts';

/** Bad layers that must be known before uncertainty means anything. */
export const enoughBad = 5;

export const outlierThenMargin: Strategy = {
  name: 'outlier-then-margin',
  about: `What stands out from all layers until ${enoughBad} bad ones are known, then the uncertain: for a cold start with rare faults.`,
  prepare: ({ labelled, background }) =>
    labelled.filter(({ bad }) => bad).length < enoughBad ? outlierness(background) : uncertainty,
};

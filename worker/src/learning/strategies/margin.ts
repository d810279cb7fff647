import type { CandidateLayer, Strategy } from './strategy.ts';

/** 1 where the score is 0.5, 0 where the model is certain. */
export function uncertainty({ score }: Pick<CandidateLayer, 'score'>): number {
  return 1 - 2 * Math.abs(0.5 - score);
}

export const margin: Strategy = {
  name: 'margin',
  about: 'The layer whose score is nearest to 0.5, as the original tool did.',
  prepare: () => uncertainty,
};

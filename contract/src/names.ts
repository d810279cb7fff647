/** Ways to choose the next chamber. What each does is told in worker/src/learning/strategies/strategies.ts, which the type checker keeps complete. */
export const strategyNames = [
  'random',
  'margin',
  'most-anomalous',
  'density-weighted',
  'k-center',
  'mixed',
  'committee',
  'expected-gradient',
  'outlier-then-margin',
] as const;
export type StrategyName = (typeof strategyNames)[number];

/** Ways to attribute a score to wires; what each does is told in detector/src/saliency. */
export const saliencyMethodNames = ['gradient', 'smoothgrad', 'integrated-gradients', 'occlusion'] as const;
export type SaliencyMethodName = (typeof saliencyMethodNames)[number];

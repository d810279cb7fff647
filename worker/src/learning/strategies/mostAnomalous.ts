import type { Strategy } from './strategy.ts';

export const mostAnomalous: Strategy = {
  name: 'most-anomalous',
  about: 'The highest score: finds faults fastest while the model is right.',
  prepare:
    () =>
    ({ score }) =>
      score,
};

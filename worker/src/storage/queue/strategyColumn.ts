import type { StrategyName } from '@dtdqm/contract';

/** Where the queue table keeps the order of each strategy. Column names never come from a request. */
export const strategyOrder: Record<StrategyName, { column: string; order: string }> = {
  random: { column: '1 - random_key', order: 'random_key' },
  margin: { column: 'margin', order: 'margin desc, random_key' },
  'most-anomalous': { column: 'most_anomalous', order: 'most_anomalous desc, random_key' },
  'density-weighted': { column: 'density_weighted', order: 'density_weighted desc, random_key' },
  'k-center': { column: 'k_center', order: 'k_center desc, random_key' },
  committee: { column: 'committee', order: 'committee desc, random_key' },
  'expected-gradient': { column: 'expected_gradient', order: 'expected_gradient desc, random_key' },
  'outlier-then-margin': { column: 'outlier_then_margin', order: 'outlier_then_margin desc, random_key' },
};

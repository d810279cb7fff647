import type { AggregatorName } from '@dtdqm/contract';

const topLayers = 3;

/** From the urgencies of a chamber's layers to that of the chamber; 0 for none. */
export const aggregators: Readonly<Record<AggregatorName, (urgencies: readonly number[]) => number>> = {
  min: (urgencies) => Math.max(0, ...urgencies),
  mean: (urgencies) => average(urgencies),
  'top-k': (urgencies) => average([...urgencies].sort((a, b) => b - a).slice(0, topLayers)),
};

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

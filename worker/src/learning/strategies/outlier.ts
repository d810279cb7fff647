import type { CandidateLayer } from './strategy.ts';

/**
 * How rare a layer's features are among the background, all together: 0 for the middle, 1 for beyond all in every feature.
 * Needs no label. By ranks, so that no feature drowns the others.
 *
 * Source: Z. Li et al., ECOD: unsupervised outlier detection using empirical cumulative distribution functions,
 * IEEE Transactions on Knowledge and Data Engineering 35 (2023) 12181.
 */
export function outlierness(background: readonly (readonly number[])[]): (layer: CandidateLayer) => number {
  const width = background[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) =>
    background.map((row) => row[column] as number).sort((a, b) => a - b),
  );
  const size = background.length + 1;
  const rarest = width * Math.log(size / 2);
  return ({ features }) => {
    const rarity = columns.reduce((sum, sorted, column) => {
      const value = features[column] ?? 0;
      const beyond = Math.min(countBelow(sorted, value, true), sorted.length - countBelow(sorted, value));
      return sum - Math.log(Math.min(1, (2 * (1 + beyond)) / size));
    }, 0);
    return rarest > 0 ? Math.min(1, rarity / rarest) : 0;
  };
}

/** How many values are less (or not greater) than the one given, by bisection. */
function countBelow(sorted: readonly number[], value: number, orEqual = false): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = sorted[middle] as number;
    if (at < value || (orEqual && at === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

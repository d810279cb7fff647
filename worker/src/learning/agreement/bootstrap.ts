import type { Estimate } from '@dtdqm/contract';
import { drawIndex, seededRandom } from '@dtdqm/contract/random';

export interface BootstrapOptions {
  resamples?: number;
  /** Two-sided; 0.95 leaves 2.5 % on either side. */
  confidence?: number;
  seed?: number;
}

/** How to add up clusters and what to read from the sum. */
export interface Summation<T> {
  empty: () => T;
  /** Adds the second to the first, in place. */
  add: (sum: T, cluster: T) => void;
}

/**
 * Estimates several statistics of a sum of clusters, each with its percentile bootstrap interval.
 *
 * Whole clusters are drawn: the layers of one chamber are judged at one glance and are not independent, so
 * drawing layers would make intervals too narrow. Resamples where a statistic is undefined are left out of its interval.
 */
export function bootstrap<T, Name extends string>(
  clusters: readonly T[],
  { empty, add }: Summation<T>,
  statistics: Readonly<Record<Name, (sum: T) => number | null>>,
  { resamples = 400, confidence = 0.95, seed = 1 }: BootstrapOptions = {},
): Record<Name, Estimate> {
  const names = Object.keys(statistics) as Name[];
  const draws = new Map<Name, number[]>(names.map((name) => [name, []]));
  const random = seededRandom(seed);
  for (let resample = 0; resample < resamples && clusters.length > 0; resample += 1) {
    const sum = empty();
    for (let drawn = 0; drawn < clusters.length; drawn += 1) {
      add(sum, clusters[drawIndex(random, clusters.length)] as T);
    }
    for (const name of names) {
      const value = statistics[name](sum);
      if (value !== null) draws.get(name)?.push(value);
    }
  }
  const total = empty();
  for (const cluster of clusters) add(total, cluster);
  const tail = (1 - confidence) / 2;
  return Object.fromEntries(
    names.map((name) => {
      const value = statistics[name](total);
      const sorted = (draws.get(name) ?? []).sort((a, b) => a - b);
      if (value === null || sorted.length === 0) return [name, { value, low: null, high: null }];
      return [name, { value, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }];
    }),
  ) as Record<Name, Estimate>;
}

/** Quantile of ascending values, linear between neighbours. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

import type { Estimate } from './agreement.ts';
import { drawIndex, seededRandom } from './random.ts';

/**
 * Sums, means and quantiles, each defined once for all rooms. Not `simple-statistics`: its sums are compensated (Kahan and
 * Babuška) and its quantiles depend on whether the number of values is even, so the recorded figures would change.
 * Loops of the detector over typed arrays that it reuses stay with it: these functions copy to sort.
 */

/** For people: `1 chamber`, `2 chambers`. */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** From first to last, in double precision; 0 of none. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index]!;
  return total;
}

/** Sum of what each item counts for. */
export function sumOf<Item>(items: readonly Item[], value: (item: Item, index: number) => number): number {
  return items.reduce((total, item, index) => total + value(item, index), 0);
}

/** Arithmetic mean; NaN of none. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** Of the whole population: the squares are divided by the number of values. NaN of none. */
export function variance(values: ArrayLike<number>): number {
  return squaresAboutMean(values) / values.length;
}

/** Square root of {@link variance}. */
export function standardDeviation(values: ArrayLike<number>): number {
  return Math.sqrt(variance(values));
}

/** Of a sample: the squares are divided by one less than the number of values. NaN of fewer than two. */
export function sampleStandardDeviation(values: ArrayLike<number>): number {
  return Math.sqrt(squaresAboutMean(values) / (values.length - 1));
}

function squaresAboutMean(values: ArrayLike<number>): number {
  const middle = mean(values);
  let total = 0;
  for (let index = 0; index < values.length; index++) total += (values[index]! - middle) ** 2;
  return total;
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: Iterable<number>): number {
  const sorted = ascending(values);
  const [below, above] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return below === undefined || above === undefined ? NaN : (below + above) / 2;
}

/** Linear between neighbours, position `share * (n - 1)`: definition 7 of Hyndman and Fan (1996), as NumPy has it. NaN of none. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = ascending(values);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}

/** One of the values, never between two: the first that more than `share` of them do not exceed; 1 gives the greatest, NaN of none. */
export function upperQuantile(values: Iterable<number>, share: number): number {
  const sorted = ascending(values);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function ascending(values: Iterable<number>): Float64Array {
  // Not `Float64Array.from`, which takes arrays value by value through their iterator.
  return new Float64Array(values).sort();
}

export interface BootstrapOptions {
  resamples?: number;
  /** Two-sided; 0.95 leaves 2.5 % on either side. */
  confidence?: number;
  seed?: number;
  /** Made by {@link createDraws} with the same number and seed, and shared by all who draw among as many clusters. */
  draws?: Draws;
}

/** How often each cluster is in each resample, one resample after the other. */
export type Draws = (clusters: number) => Uint16Array;

/** Draws with replacement, once for each number of clusters: with hundreds of resamples that costs more than what is done with it. */
export function createDraws({ resamples = 400, seed = 1 }: BootstrapOptions = {}): Draws {
  const made = new Map<number, Uint16Array>();
  return (clusters) => {
    const before = made.get(clusters);
    if (before !== undefined) return before;
    const random = seededRandom(seed);
    const drawn = new Uint16Array(resamples * clusters);
    for (let first = 0; first < drawn.length; first += clusters) {
      for (let draw = 0; draw < clusters; draw += 1) drawn[first + drawIndex(random, clusters)]! += 1;
    }
    made.set(clusters, drawn);
    return drawn;
  };
}

/** How to add up clusters and what to read from the sum. */
export interface Summation<T> {
  empty: () => T;
  /** Adds the second to the first so many times, in place. */
  add: (sum: T, cluster: T, times: number) => void;
}

/** Clusters that are the same object with their places; the most frequent first, as it need not be counted. */
function kindsOf<T>(clusters: readonly T[]): { kind: T; places: number[] }[] {
  const kinds = new Map<T, number[]>();
  clusters.forEach((cluster, place) => {
    const places = kinds.get(cluster);
    if (places === undefined) kinds.set(cluster, [place]);
    else places.push(place);
  });
  return [...kinds]
    .map(([kind, places]) => ({ kind, places }))
    .sort((a, b) => b.places.length - a.places.length);
}

/**
 * Estimates several statistics of a sum of clusters, each with its percentile bootstrap interval.
 *
 * Whole clusters are drawn: the layers of one chamber are judged at one glance and are not independent, so
 * drawing layers would make intervals too narrow. Clusters that are the same object are counted and added up at once, so that the cost of
 * a resample grows with the kinds of clusters. Resamples where a statistic is undefined are left out of its interval.
 */
export function bootstrap<T, Name extends string>(
  clusters: readonly T[],
  { empty, add }: Summation<T>,
  statistics: Readonly<Record<Name, (sum: T) => number | null>>,
  { resamples = 400, confidence = 0.95, seed = 1, draws: drawsOf }: BootstrapOptions = {},
): Record<Name, Estimate> {
  const names = Object.keys(statistics) as Name[];
  const draws = new Map<Name, number[]>(names.map((name) => [name, []]));
  const size = clusters.length;
  const drawn = (drawsOf ?? createDraws({ resamples, seed }))(size);
  const kinds = kindsOf(clusters);
  const [usual, ...others] = kinds;
  for (let resample = 0; resample < resamples && usual !== undefined; resample += 1) {
    const sum = empty();
    let left = size;
    for (const { kind, places } of others) {
      let times = 0;
      for (let at = 0; at < places.length; at += 1) times += drawn[resample * size + places[at]!]!;
      if (times > 0) add(sum, kind, times);
      left -= times;
    }
    if (left > 0) add(sum, usual.kind, left);
    for (const name of names) {
      const value = statistics[name](sum);
      if (value !== null) draws.get(name)?.push(value);
    }
  }
  const total = empty();
  for (const { kind, places } of kinds) add(total, kind, places.length);
  const tail = (1 - confidence) / 2;
  return Object.fromEntries(
    names.map((name) => {
      const value = statistics[name](total);
      const drawn = draws.get(name) ?? [];
      if (value === null || drawn.length === 0) return [name, { value, low: null, high: null }];
      return [name, { value, low: quantile(drawn, tail), high: quantile(drawn, 1 - tail) }];
    }),
  ) as Record<Name, Estimate>;
}

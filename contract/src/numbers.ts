/**
 * Sums, means and quantiles, each defined once for all rooms. Not `simple-statistics`: its sums are compensated (Kahan and
 * Babuška) and its quantiles depend on whether the number of values is even, so the recorded figures would change.
 * Loops of the detector over typed arrays that it reuses stay with it: these functions copy to sort.
 */

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
  return Float64Array.from(values).sort();
}

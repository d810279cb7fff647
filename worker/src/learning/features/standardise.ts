export type Standardise = (features: readonly number[]) => number[];

/** Beyond this many deviations a feature is simply extreme: a dead chamber must not outweigh all others a hundredfold. */
const extreme = 5;

/** Maps features to mean 0 and standard deviation 1 over the sample, cut at 5; a constant feature becomes 0. */
export function standardiser(sample: readonly (readonly number[])[]): Standardise {
  const width = sample[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => sample.map((row) => row[column] as number));
  const means = columns.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const deviations = columns.map((values, column) =>
    Math.sqrt(
      values.reduce((sum, value) => sum + (value - (means[column] as number)) ** 2, 0) / values.length,
    ),
  );
  return (features) =>
    features.map((value, column) => {
      const deviation = deviations[column] ?? 0;
      if (deviation < 1e-9) return 0;
      return Math.max(-extreme, Math.min(extreme, (value - (means[column] as number)) / deviation));
    });
}

/** Euclidean distance. */
export function distance(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0));
}

import { drawIndex, seededRandom } from '@dtdqm/contract/random';

export interface Estimate {
  readonly value: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
}

const resamples = 2000;

/** Mean over repetitions with other seeds, and its bootstrap interval over them (percentiles). */
export function bootstrapMean(values: readonly number[], seed = 1): Estimate {
  const usable = values.filter(Number.isFinite);
  if (usable.length === 0) return { value: NaN, low: NaN, high: NaN };
  const random = seededRandom(seed);
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let draw = 0; draw < usable.length; draw++) sum += usable[drawIndex(random, usable.length)]!;
    return sum / usable.length;
  }).sort((a, b) => a - b);
  const value = usable.reduce((sum, each) => sum + each, 0) / usable.length;
  return {
    value,
    low: means[Math.floor(0.025 * resamples)]!,
    high: means[Math.ceil(0.975 * resamples) - 1]!,
  };
}

import { drawIndex, seededRandom } from '@dtdqm/contract/random';
import { quantile } from '../agreement/bootstrap.ts';
import { averagePrecision } from './averagePrecision.ts';
import type { JudgedLayer } from './judgedLayers.ts';

export interface Interval {
  low: number;
  high: number;
}

const resamples = 400;

/**
 * 95 % interval of the candidate's gain in average precision, by a paired bootstrap that draws whole clusters. Layers are not
 * independent in two ways: those of one run share its conditions, and a fault stays in its chamber for many runs. So whole
 * runs are drawn, and whole chambers with all their runs, and the interval reaches as far as either of the two.
 *
 * @param current, candidate the same layers in the same order.
 * @returns null while it cannot be told.
 */
export function gainInterval(
  current: readonly JudgedLayer[],
  candidate: readonly JudgedLayer[],
  seed: number,
): Interval | null {
  const intervals = [
    intervalBy(({ run }) => run, current, candidate, seed),
    intervalBy(({ place }) => place, current, candidate, seed),
  ].filter((interval) => interval !== null);
  if (intervals.length < 2) return null;
  return {
    low: Math.min(...intervals.map(({ low }) => low)),
    high: Math.max(...intervals.map(({ high }) => high)),
  };
}

function intervalBy(
  clusterOf: (layer: JudgedLayer) => number | string,
  current: readonly JudgedLayer[],
  candidate: readonly JudgedLayer[],
  seed: number,
): Interval | null {
  const numbers = new Map([...new Set(current.map(clusterOf))].map((cluster, index) => [cluster, index]));
  const clusters = Int32Array.from(current, (layer) => numbers.get(clusterOf(layer))!);
  const [before, after] = [averagePrecision(current, clusters), averagePrecision(candidate, clusters)];
  const random = seededRandom(seed);
  const gains: number[] = [];
  for (let resample = 0; resample < resamples; resample += 1) {
    const weights = new Float64Array(numbers.size);
    for (let drawn = 0; drawn < numbers.size; drawn += 1) weights[drawIndex(random, numbers.size)]! += 1;
    const [lower, higher] = [before(weights), after(weights)];
    if (lower !== null && higher !== null) gains.push(higher - lower);
  }
  if (gains.length === 0) return null;
  gains.sort((a, b) => a - b);
  return { low: quantile(gains, 0.025), high: quantile(gains, 0.975) };
}

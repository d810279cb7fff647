/** How well scores tell bad layers from good ones. */
export interface Separation {
  /** Probability that a bad layer scores above a good one. */
  readonly auc: number;
  /** Lowest score that keeps the share of good layers at or above it within `falseAlarms`. */
  readonly threshold: number;
  /** Share of bad layers at or above the threshold. */
  readonly sensitivity: number;
}

/** @param falseAlarms share of good layers that may be called bad, e.g. 0.002. */
export function separation(scores: Float32Array, bad: Float32Array, falseAlarms: number): Separation {
  const good = scores.filter((_, index) => bad[index] === 0).sort();
  const faulty = scores.filter((_, index) => bad[index] === 1).sort();
  const allowed = Math.floor(good.length * falseAlarms);
  const highestForbidden = good[good.length - 1 - allowed]!;
  const threshold = Math.min(1, highestForbidden + Math.max(1e-6, highestForbidden * 1e-6));
  const sensitivity = faulty.filter((score) => score >= threshold).length / faulty.length;
  return { auc: rankSum(good, faulty) / (good.length * faulty.length), threshold, sensitivity };
}

/** Pairs in which the bad layer is above; ties count half. Both sorted. */
function rankSum(good: Float32Array, faulty: Float32Array): number {
  let below = 0;
  let equal = 0;
  let sum = 0;
  for (const score of faulty) {
    while (below < good.length && good[below]! < score) below++;
    equal = Math.max(equal, below);
    while (equal < good.length && good[equal]! === score) equal++;
    sum += (below + equal) / 2;
  }
  return sum;
}

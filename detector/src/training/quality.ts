import { sum } from '@dtdqm/contract/numbers';

/** How well scores tell bad layers from good ones; figures of merit that need no threshold, and some that do. */
export interface Quality {
  /** Probability that a bad layer scores above a good one, ties half. */
  readonly auc: number;
  readonly averagePrecision: number;
  /** Share of bad layers at or above the threshold that lets 0.2 % or 1 % of good layers pass for bad. */
  readonly sensitivityAt02Percent: number;
  readonly sensitivityAt1Percent: number;
}

/** @param bad 1 bad, 0 good, by sample as `scores`. */
export function qualityOf(scores: ArrayLike<number>, bad: ArrayLike<number>): Quality {
  const order = Array.from({ length: scores.length }, (_, sample) => sample).sort(
    (a, b) => scores[b]! - scores[a]!,
  );
  const totalBad = sum(bad);
  const totalGood = scores.length - totalBad;
  let [foundBad, foundGood, pairs, precision] = [0, 0, 0, 0];
  for (let from = 0; from < order.length;) {
    let to = from;
    let tiedBad = 0;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) tiedBad += bad[order[to++]!]!;
    const tiedGood = to - from - tiedBad;
    pairs += tiedBad * (totalGood - foundGood - tiedGood / 2);
    foundBad += tiedBad;
    foundGood += tiedGood;
    precision += (tiedBad * foundBad) / (foundBad + foundGood);
    from = to;
  }
  return {
    auc: pairs / (totalBad * totalGood),
    averagePrecision: precision / totalBad,
    sensitivityAt02Percent: sensitivityAbove(scores, bad, thresholdFor(scores, bad, 0.002)),
    sensitivityAt1Percent: sensitivityAbove(scores, bad, thresholdFor(scores, bad, 0.01)),
  };
}

/** The least score that at most `falseAlarms` of the good layers reach. */
export function thresholdFor(scores: ArrayLike<number>, bad: ArrayLike<number>, falseAlarms: number): number {
  const good = Array.from(scores)
    .filter((_, sample) => bad[sample] === 0)
    .sort((a, b) => b - a);
  const highestRefused = good[Math.floor(good.length * falseAlarms)];
  return highestRefused === undefined ? -Infinity : nextAbove(highestRefused);
}

export function sensitivityAbove(
  scores: ArrayLike<number>,
  bad: ArrayLike<number>,
  threshold: number,
): number {
  let found = 0;
  let total = 0;
  for (let sample = 0; sample < scores.length; sample++) {
    if (bad[sample] !== 1) continue;
    total += 1;
    if (scores[sample]! >= threshold) found += 1;
  }
  return total > 0 ? found / total : NaN;
}

/**
 * Expected calibration error: mean distance of probability and share of bad layers over `bins` groups of equal width,
 * weighted by how many layers they hold.
 */
export function calibrationError(
  probabilities: ArrayLike<number>,
  bad: ArrayLike<number>,
  bins = 15,
): number {
  return reliability(probabilities, bad, bins).reduce(
    (sum, { count, probability, share }) =>
      sum + (count / probabilities.length) * Math.abs(probability - share),
    0,
  );
}

export interface ReliabilityBin {
  readonly count: number;
  /** Mean of what was predicted, and share that was bad. */
  readonly probability: number;
  readonly share: number;
}

/** Groups that hold no layer are left out. */
export function reliability(
  probabilities: ArrayLike<number>,
  bad: ArrayLike<number>,
  bins: number,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, probability: 0, bad: 0 }));
  for (let sample = 0; sample < probabilities.length; sample++) {
    const bin = sums[Math.min(bins - 1, Math.floor(probabilities[sample]! * bins))]!;
    bin.count += 1;
    bin.probability += probabilities[sample]!;
    bin.bad += bad[sample]!;
  }
  return sums
    .filter(({ count }) => count > 0)
    .map((bin) => ({
      count: bin.count,
      probability: bin.probability / bin.count,
      share: bin.bad / bin.count,
    }));
}

function nextAbove(score: number): number {
  return score + Math.max(1e-12, Math.abs(score) * 1e-9);
}

export interface Calibration {
  readonly temperature: number;
  readonly offset: number;
}

/**
 * Temperature scaling with an offset (Guo et al., ICML 2017): the two numbers that make
 * sigmoid(difference / temperature + offset) most likely on held-out layers, by Newton's method.
 *
 * @param differences logit(bad) - logit(good) of each sample.
 */
export function calibrate(differences: Float32Array, { bad }: { readonly bad: Float32Array }): Calibration {
  let slope = 1;
  let offset = 0;
  for (let round = 0; round < 50; round++) {
    const step = newtonStep(differences, bad, slope, offset);
    slope = Math.min(5, Math.max(0.05, slope - step.slope));
    offset -= step.offset;
    if (Math.abs(step.slope) + Math.abs(step.offset) < 1e-9) break;
  }
  return { temperature: 1 / slope, offset };
}

function newtonStep(differences: Float32Array, bad: Float32Array, slope: number, offset: number) {
  // A weak pull to slope 1 and offset 0 keeps perfectly separated samples from running off.
  const pull = 1e-3 * differences.length ** 0.5;
  let [gradientSlope, gradientOffset] = [pull * (slope - 1), pull * offset];
  let [curvature, mixed, offsetCurvature] = [pull, 0, pull];
  for (let sample = 0; sample < differences.length; sample++) {
    const difference = differences[sample]!;
    const p = 1 / (1 + Math.exp(-(slope * difference + offset)));
    const error = p - bad[sample]!;
    const weight = p * (1 - p);
    gradientSlope += error * difference;
    gradientOffset += error;
    curvature += weight * difference * difference;
    mixed += weight * difference;
    offsetCurvature += weight;
  }
  const determinant = curvature * offsetCurvature - mixed * mixed;
  return {
    slope: (gradientSlope * offsetCurvature - gradientOffset * mixed) / determinant,
    offset: (gradientOffset * curvature - gradientSlope * mixed) / determinant,
  };
}

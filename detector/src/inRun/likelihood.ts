import { sumOf } from '@dtdqm/contract/numbers';

/** Log-likelihood ratios of counts, in nats. Counts that come in lumps are worth so many times less: callers divide by their dispersion. */

/** By how much a Poisson count is likelier with its own mean than with `expected`. */
export function poissonGain(found: number, expected: number): number {
  if (found <= 0) return expected;
  return expected > 0 ? found * Math.log(found / expected) - found + expected : Infinity;
}

const termOf = (found: number, expected: number) => (found > 0 ? found * Math.log(found / expected) : 0);

/**
 * By how much it is likelier that the share of some wires changed than that it did not, by the likelihood ratio of the two-by-two table
 * (G test): what is common to all wires, luminosity and time, cancels, and a share that few hits have told counts as little as it should.
 *
 * @param before hits of the wires, and of those they are compared with, before; `after` since.
 */
export function shareGain(
  before: number,
  othersBefore: number,
  after: number,
  othersAfter: number,
): { gain: number; expected: number } {
  const all = before + othersBefore + after + othersAfter;
  const since = (after + othersAfter) / all;
  const own = before + after;
  const others = othersBefore + othersAfter;
  const gain =
    termOf(before, own * (1 - since)) +
    termOf(after, own * since) +
    termOf(othersBefore, others * (1 - since)) +
    termOf(othersAfter, others * since);
  return { gain: Math.max(0, gain), expected: othersBefore > 0 ? (before / othersBefore) * othersAfter : 0 };
}

/** Nats within which 95 % lie, for one parameter. */
const within95 = 1.92;

/**
 * Hits found over expected, with the 95 % interval by likelihood.
 *
 * @param dispersion variance over mean, what is expected being known from counts only included.
 */
export function ratioOf(found: number, expected: number, dispersion: number) {
  if (expected <= 0) return { ratio: 0, ratioRange: { low: 0, high: 0 } };
  const ratio = found / expected;
  const isWithin = (value: number) => poissonGain(found, value * expected) / dispersion <= within95;
  let low = 0;
  for (let step = 0, outside = 0, inside = ratio; step < 40 && found > 0; step++) {
    low = (outside + inside) / 2;
    if (isWithin(low)) inside = low;
    else outside = low;
  }
  let outside = Math.max(1, 2 * ratio);
  while (isWithin(outside)) outside *= 2;
  let high = ratio;
  for (let step = 0, inside = ratio; step < 40; step++) {
    high = (outside + inside) / 2;
    if (isWithin(high)) inside = high;
    else outside = high;
  }
  return { ratio, ratioRange: { low, high } };
}

/** Hits of some wires in one stretch of time, and those expected by what was before. */
export interface Counted {
  readonly found: number;
  readonly expected: number;
}

const logLikelihood = (found: number, expected: number) =>
  (found > 0 ? found * Math.log(expected) : 0) - expected;

/** A wire that is dead counts something now and then. */
const least = 0.005;

/** A place in time: the index of a stretch, and the share of it (of its hits) that has passed, 0..1. */
export interface InTime {
  readonly index: number;
  readonly passed: number;
}

/** Steps in which a stretch is looked through for when something changed in it, and levels that it may have changed to. */
const stepsWithin = 32;
const levelsTried = 9;
/** Of the likelihood of all moments, what those told hold together. */
const heldByInterval = 0.95;

/**
 * From when to when the level may have changed: the likeliest moments that hold 95 % of the likelihood together, each being as good as another
 * beforehand, and so each level that the hits since allow. Not all moments within 1.92 nats of the best, as of a mean: that holds 87 % of those at
 * which a layer of six hits a look began to count half.
 *
 * @param lengths of the stretches, in looks.
 * @param before hits over expected.
 * @param after hits since, as far as that is known.
 */
export function whenOf(
  series: readonly Counted[],
  lengths: readonly number[],
  before: number,
  after: Counted,
  dispersion: number,
): { from: InTime; to: InTime } {
  const old = Math.max(least, before);
  const { low, high } = ratioOf(after.found, after.expected, dispersion).ratioRange;
  const likelihoods = Array.from({ length: levelsTried }, (_, index) => {
    const root = Math.sqrt(low) + (Math.sqrt(high) - Math.sqrt(low)) * (index / (levelsTried - 1));
    return likelihoodsOfMoments(series, old, Math.max(least, root ** 2));
  });
  const best = Math.max(...likelihoods.map((each) => Math.max(...each)));
  const moments = likelihoods[0]!.map((_, moment) => {
    const likelihood = sumOf(likelihoods, (each) => Math.exp((each[moment]! - best) / dispersion));
    return { moment, likelihood, weight: likelihood * lengths[Math.floor(moment / stepsWithin)]! };
  });
  moments.sort((a, b) => b.likelihood - a.likelihood);
  let [first, last] = [moments[0]!.moment, moments[0]!.moment];
  let left = heldByInterval * sumOf(moments, ({ weight }) => weight);
  for (const { moment, weight } of moments) {
    if (left <= 0) break;
    left -= weight;
    first = Math.min(first, moment);
    last = Math.max(last, moment);
  }
  const placeOf = (moment: number, step: number): InTime => ({
    index: Math.floor(moment / stepsWithin),
    passed: ((moment % stepsWithin) + step) / stepsWithin,
  });
  return { from: placeOf(first, 0), to: placeOf(last, 1) };
}

/** Log-likelihood that the level went from one to another at each moment, step by step through all stretches. */
function likelihoodsOfMoments(series: readonly Counted[], old: number, now: number): number[] {
  const at = ({ found, expected }: Counted, level: number) => logLikelihood(found, level * expected + 1e-9);
  let beside = sumOf(series, (stretch) => at(stretch, now));
  return series.flatMap((stretch) => {
    beside -= at(stretch, now);
    const within = Array.from({ length: stepsWithin }, (_, step) => {
      const passed = (step + 0.5) / stepsWithin;
      return beside + at(stretch, old * passed + now * (1 - passed));
    });
    beside += at(stretch, old);
    return within;
  });
}

/**
 * By how much it is likelier that the level crept down evenly, from some stretch on until now, than that it fell at once. The level before is
 * not taken as known: what crept was part of it.
 *
 * @param lengths of the stretches, in looks.
 * @returns the first stretch in which it crept, and the level that it has reached.
 */
export function creeping(
  series: readonly Counted[],
  lengths: readonly number[],
): { gain: number; first: number; level: number } {
  const levels = Array.from({ length: 20 }, (_, step) => Math.max(least, step / 20));
  let fell = -Infinity;
  let crept = { gain: -Infinity, first: 0, level: 1 };
  for (let first = 0; first < series.length; first++) {
    const total = lengths.slice(first).reduce((sum, length) => sum + length, 0);
    for (const level of levels) {
      for (const within of [1, 0.5, 0]) {
        const step = (index: number) =>
          index < first ? 1 : index > first ? level : within + (1 - within) * level;
        fell = Math.max(fell, shapeLikelihood(series, step));
      }
      let passed = 0;
      const likelihood = shapeLikelihood(series, (index) => {
        if (index < first) return 1;
        const share = (passed + lengths[index]! / 2) / total;
        passed += lengths[index]!;
        return 1 - (1 - level) * share;
      });
      if (likelihood > crept.gain) crept = { gain: likelihood, first, level };
    }
  }
  return { ...crept, gain: crept.gain - fell };
}

/** Log-likelihood of how the hits are shared among the stretches, if the level went like this (up to a factor). Called once for each index, in order. */
function shapeLikelihood(series: readonly Counted[], levelAt: (index: number) => number): number {
  let all = 0;
  let found = 0;
  let likelihood = 0;
  series.forEach((stretch, index) => {
    const expected = stretch.expected * levelAt(index);
    all += expected;
    found += stretch.found;
    if (stretch.found > 0) likelihood += stretch.found * Math.log(expected + 1e-9);
  });
  return all > 0 ? likelihood - found * Math.log(all) : -Infinity;
}

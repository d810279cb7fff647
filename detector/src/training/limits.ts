import { limitOf } from '../faults/judge.ts';
import { isScattered } from '../features/dispersion.ts';
import { featureCount, featureIndex, type FeatureName } from '../features/features.ts';
import type { Thresholds } from '../preprocessing/preprocessing.ts';
import type { Samples } from './fit.ts';
import { calibrationError, reliability, thresholdFor, type ReliabilityBin } from './quality.ts';

/** Share of healthy layers that experts let pass for bad. */
export const falseAlarms = 0.002;

/**
 * Expected hits per wire below which a layer that is not plainly bad is `unknown`: from about there on nine of ten runs of 8 dead
 * cells are found in simulated chambers (of 16 dead cells, nearly all from 1.1 on).
 */
const unknownBelowHits = 2;
/** Hits per wire at which ranges begin: all layers of a short run lie in one or two, and a short run may have no more false alarms than a long one. */
const rangesFrom = [unknownBelowHits, 5, 20];

/**
 * Share of them below that many hits, where `unknown` can be said as well: all 2,720 layers of a short run lie there, and one of them may be
 * called bad in every second run.
 */
const falseAlarmsWhenFewHits = 0.5 / 2720;

/** What is true of a layer beside how it scores. */
interface Circumstances {
  /** Good runs before: none, one, or more. */
  readonly past: 'none' | 'one' | 'more';
  readonly scattered: boolean;
  /** Index of {@link rangesFrom}, -1 below. */
  readonly range: number;
}

function circumstancesOf({ tensors }: Samples, sample: number): Circumstances {
  const value = (feature: FeatureName) => tensors.features![sample * featureCount + featureIndex[feature]]!;
  const runs = Math.round(4 * value('historyRuns'));
  return {
    past: runs === 0 ? 'none' : runs === 1 ? 'one' : 'more',
    scattered: isScattered(Math.exp(value('layerScatter') - 4) - 0.01, value('superlayerError') / 5),
    range: rangesFrom.findLastIndex((hits) => value('hits') >= Math.log10(hits + 0.1)),
  };
}

interface Scored {
  readonly scores: Float32Array;
  readonly samples: Samples;
}

/** Healthy layers above the limit of a group that it can be told from. */
const leastAbove = 5;

/** The least score that at most this share of the healthy layers reach, all together and in each range of hits and for each length of the past. */
function limitFor(
  { scores, samples }: Scored,
  isMeant: (circumstances: Circumstances) => boolean,
  share = falseAlarms,
): number {
  const all: number[] = [];
  const groups = new Map<string, number[]>();
  for (let sample = 0; sample < samples.count; sample++) {
    const circumstances = circumstancesOf(samples, sample);
    if (samples.bad[sample] !== 0 || !isMeant(circumstances)) continue;
    const name = `${circumstances.past}/${circumstances.range}`;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name)!.push(scores[sample]!);
    all.push(scores[sample]!);
  }
  const large = [...groups.values()].filter(({ length }) => share * length >= leastAbove);
  const limits = [all, ...large].map((group) => thresholdFor(group, new Uint8Array(group.length), share));
  // Rounded up: who scores just below what is refused is refused, too.
  return Math.ceil(1e6 * Math.min(0.99, Math.max(0.05, ...limits))) / 1e6;
}

/**
 * From which score on a layer is bad: where the chamber stands alone, where there is one good run before or several, as chambers that vary like
 * real ones have it; and where all layers of a chamber differ by more than real ones do, as such chambers have it.
 */
export function limitsOf(real: Scored, scattered: Scored) {
  const limit = (meant: Circumstances['past']) =>
    limitFor(real, ({ past, range, scattered }) => past === meant && range >= 0 && !scattered);
  return {
    bad: limit('none'),
    badWithPast: limit('more'),
    badWithOneRun: limit('one'),
    badWhenScattered: limitFor(scattered, (layer) => layer.range >= 0 && layer.scattered),
    unknownBelowHits,
    badWhenFewHits: limitFor(real, ({ range }) => range < 0, falseAlarmsWhenFewHits),
  };
}

export type Limits = ReturnType<typeof limitsOf>;

/** The limit that holds for a layer, as the judge has it. */
const limitOfLayer = (limits: Thresholds, { past, scattered }: Pick<Circumstances, 'past' | 'scattered'>) =>
  limitOf(limits, { none: 0, one: 1, more: 2 }[past], scattered);

/** By how much layers exceed the limits that hold for them, on the scale of logits; a model without features has one limit for all. */
export function excessOf(scores: Float32Array, samples: Samples, limits: Thresholds): number[] {
  return Array.from(scores, (score, sample) => {
    const limit = samples.tensors.features
      ? limitOfLayer(limits, circumstancesOf(samples, sample))
      : limits.bad;
    return logit(score) - logit(limit);
  });
}

const logit = (probability: number) => Math.log(probability / (1 - probability));

/** Share of good layers with hits enough that are called bad, alone and with runs before. */
export function calledBad(scores: Float32Array, samples: Samples, limits: Limits) {
  const counts = { alone: [0, 0], withPast: [0, 0] };
  for (let sample = 0; sample < samples.count; sample++) {
    const { past, scattered, range } = circumstancesOf(samples, sample);
    if (samples.bad[sample] !== 0 || range < 0) continue;
    const count = past === 'none' ? counts.alone : counts.withPast;
    count[1]! += 1;
    if (scores[sample]! >= limitOfLayer(limits, { past, scattered })) count[0]! += 1;
  }
  const share = ([called, all]: readonly number[]) => called! / Math.max(1, all!);
  return { falseAlarmsAtThreshold: share(counts.alone), falseAlarmsWithPast: share(counts.withPast) };
}

const bins = 10;
/** Layers that a bin needs for its share to mean something: 30 tell it to 0.09 (sd). */
const leastInBin = 30;

/** How well probabilities are what they say: expected calibration error, the worst bin, and all bins. */
export function calibrationOf(scores: Float32Array, { bad }: Samples) {
  const shown: ReliabilityBin[] = reliability(scores, bad, bins);
  const counted = shown.filter(({ count }) => count >= leastInBin);
  return {
    calibrationError: calibrationError(scores, bad, bins),
    worstBin: Math.max(0, ...counted.map(({ probability, share }) => Math.abs(probability - share))),
    bins: shown,
  };
}

import { isScattered } from '../features/dispersion.ts';
import { featureCount, featureIndex, type FeatureName } from '../features/features.ts';
import type { Samples } from './fit.ts';
import { calibrationError, reliability, thresholdFor, type ReliabilityBin } from './quality.ts';

/** Share of healthy layers with hits enough that each limit may call bad: of the 0.2 % that experts grant, the rest is for what no simulation has. */
export const falseAlarms = 0.00125;

/**
 * Expected hits per wire below which a layer that is not plainly bad is `unknown`: from about there on nine of ten runs of 8 dead
 * cells are found in simulated chambers (of 16 dead cells, nearly all from 1.1 on).
 */
const unknownBelowHits = 2;
/** How probable "bad" must be there at least: so few hits look odd by chance now and then, with four runs before three in a thousand at 0.9. */
const leastWhenFewHits = 0.98;

/** What is true of a layer beside how it scores. */
interface Circumstances {
  readonly runsBefore: number;
  readonly scattered: boolean;
  readonly enoughHits: boolean;
}

function circumstancesOf({ tensors }: Samples, sample: number): Circumstances {
  const value = (feature: FeatureName) => tensors.features![sample * featureCount + featureIndex[feature]]!;
  return {
    runsBefore: Math.round(4 * value('historyRuns')),
    scattered: isScattered(Math.exp(value('layerScatter') - 4) - 0.01, value('superlayerError') / 5),
    enoughHits: value('hits') >= Math.log10(unknownBelowHits + 0.1),
  };
}

function limitFor(
  scores: Float32Array,
  samples: Samples,
  isMeant: (circumstances: Circumstances) => boolean,
): number {
  const which = Array.from({ length: samples.count }, (_, sample) => sample).filter((sample) => {
    const circumstances = circumstancesOf(samples, sample);
    return isMeant(circumstances);
  });
  const limit = thresholdFor(
    which.map((sample) => scores[sample]!),
    which.map((sample) => samples.bad[sample]!),
    falseAlarms,
  );
  return Number(Math.min(0.99, Math.max(0.05, limit)).toFixed(6));
}

/**
 * From which score on a layer is bad: where the chamber stands alone, where there is one good run before or several, as chambers that vary like
 * real ones have it; and where all layers of a chamber differ by more than real ones do, as those have it of chambers that vary more.
 */
export function limitsOf(
  real: { readonly scores: Float32Array; readonly samples: Samples },
  varied: { readonly scores: Float32Array; readonly samples: Samples },
) {
  const limit = (isMeant: (runsBefore: number) => boolean) =>
    limitFor(
      real.scores,
      real.samples,
      ({ enoughHits, runsBefore, scattered }) => enoughHits && !scattered && isMeant(runsBefore),
    );
  return {
    bad: limit((runs) => runs === 0),
    badWithPast: limit((runs) => runs > 1),
    badWithOneRun: limit((runs) => runs === 1),
    badWhenScattered: limitFor(
      varied.scores,
      varied.samples,
      ({ enoughHits, scattered }) => enoughHits && scattered,
    ),
    unknownBelowHits,
    badWhenFewHits: Math.max(
      leastWhenFewHits,
      limitFor(real.scores, real.samples, ({ enoughHits }) => !enoughHits),
    ),
  };
}

export type Limits = ReturnType<typeof limitsOf>;

/** Share of good layers with hits enough that are called bad, alone and with runs before. */
export function calledBad(scores: Float32Array, samples: Samples, limits: Limits) {
  const counts = { alone: [0, 0], withPast: [0, 0] };
  for (let sample = 0; sample < samples.count; sample++) {
    const { runsBefore, scattered, enoughHits } = circumstancesOf(samples, sample);
    if (samples.bad[sample] !== 0 || !enoughHits) continue;
    const limit =
      runsBefore === 0 ? limits.bad : runsBefore === 1 ? limits.badWithOneRun : limits.badWithPast;
    const count = runsBefore === 0 ? counts.alone : counts.withPast;
    count[1]! += 1;
    if (scores[sample]! >= (scattered ? Math.max(limit, limits.badWhenScattered) : limit)) count[0]! += 1;
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

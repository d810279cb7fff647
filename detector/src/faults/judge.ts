import { noScore, type Fault, type Verdict, rowsPerChamber } from '@dtdqm/contract';
import { mean, sum } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import type { ModelMetadata } from '../model/modelFolder.ts';
import type { Judgement, Thresholds, LayerSamples } from '../preprocessing/preprocessing.ts';
import { healthyHits, raiseToPast } from './healthyBaseline.ts';
import { nameGroup } from './naming.ts';
import { groupRegions, findRegion } from './regions.ts';
import { singleCellFaults } from './singleCells.ts';

/**
 * Hits to be expected of a layer, below which nothing of it is told: where counts come in lumps of three, as they do in some chambers,
 * twenty are seven independent ones, and none of those by chance is one in a thousand.
 */
const leastOfLayer = 20;

/** What is expected of the layer at hand. */
const scratch = new Float64Array(512);

/**
 * Turns the scores of a chamber into verdicts and named faults.
 *
 * A layer is bad from `thresholds.bad` on. Where fewer than `thresholds.unknownBelowHits` hits per wire are expected of it, it
 * is bad from `thresholds.badWhenFewHits` on only, and never below {@link leastOfLayer}, and otherwise unknown. All others are good. What
 * is expected here is told by the chamber itself: whether it is dead or weak as a whole is told before, by `judgeWhole`.
 *
 * @param expectation for people: what others let expect of the chamber.
 */
export function judgeChamber(
  view: ChamberView,
  scores: readonly number[],
  thresholds: Thresholds,
  expectation?: string,
): Judgement {
  const verdicts: (Verdict | null)[] = scores.map(() => null);
  const faults: Fault[] = [];
  const regions = [];
  const thin: number[] = [];
  const least = thresholds.unknownBelowHits ?? 0;
  let hitsPerWire = 0;
  for (let row = 0; row < scores.length; row++) {
    if (scores[row] === noScore) continue;
    const superlayer = view.superlayers[row >> 2]!;
    const hits = superlayer.layers[row & 3]!;
    const columns = view.columns[row]!;
    const expected = healthyHits(view, row, scratch.subarray(0, hits.length));
    const perWire = sum(expected) / expected.length;
    const few = perWire < least;
    const limit = few ? (thresholds.badWhenFewHits ?? thresholds.bad) : thresholds.bad;
    if (scores[row]! >= limit && !(few && sum(expected) < leastOfLayer)) {
      verdicts[row] = 'bad';
      raiseToPast(view, row, expected);
      const region = findRegion(row, hits, expected, view.dispersion);
      const numbers = { first: columns[region.first]! + 1, last: columns[region.last]! + 1 };
      regions.push({ ...region, numbers });
      continue;
    }
    verdicts[row] = few ? 'unknown' : 'good';
    if (few) {
      thin.push(row + 1);
      hitsPerWire = Math.max(hitsPerWire, perWire);
    }
    for (const fault of singleCellFaults(row, columns, hits, expected, view.dispersion)) faults.push(fault);
  }
  for (const group of groupRegions(regions)) {
    faults.unshift(nameGroup(group, mean(group.map(({ row }) => scores[row]!)), view.thinning));
  }
  if (thin.length > 0) faults.push(lowStatistics(thin, hitsPerWire, least, expectation));
  return { scores: [...scores], verdicts, faults };
}

function lowStatistics(
  layers: number[],
  hitsPerWire: number,
  least: number,
  expectation: string | undefined,
): Fault {
  return {
    kind: 'low-statistics',
    layers,
    wires: null,
    confidence: 1,
    note: [
      `about ${hitsPerWire.toFixed(2)} hits per wire`,
      `a verdict needs ${least}, that is ${Math.ceil(least / Math.max(hitsPerWire, 1e-3))} times as many`,
      ...(expectation === undefined ? [] : [expectation]),
    ].join('; '),
  };
}

/** Verdicts by one limit on P(bad), for networks whose preprocessing brings no judge of its own. Names no faults. */
export function judgeByThreshold(scores: readonly number[], { bad }: Thresholds): Judgement {
  const verdicts = scores.map((score) => (score === noScore ? null : score >= bad ? 'bad' : 'good'));
  return { scores: [...scores], verdicts, faults: [] };
}

/** P(bad) from logit(bad) - logit(good): temperature scaling with an offset (Guo et al., ICML 2017). */
export function probability(
  difference: number,
  { temperature, offset }: ModelMetadata['calibration'],
): number {
  return 1 / (1 + Math.exp(-(difference / temperature + offset)));
}

/** Twelve scores for each chamber, -1 where there is no layer. */
export function scoresOf(
  samples: LayerSamples,
  differences: Float32Array,
  chambers: number,
  calibration: ModelMetadata['calibration'],
): number[][] {
  const scores = Array.from({ length: chambers }, () => new Array<number>(rowsPerChamber).fill(noScore));
  samples.layers.forEach(({ chamber, row }, sample) => {
    scores[chamber]![row] = probability(differences[sample]!, calibration);
  });
  return scores;
}

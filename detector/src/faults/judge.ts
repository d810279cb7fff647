import { noScore, type Fault, type Verdict, rowsPerChamber } from '@dtdqm/contract';
import { mean, sum } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import type { ModelMetadata } from '../model/modelFolder.ts';
import type { Judgement, Thresholds, LayerSamples } from '../preprocessing/preprocessing.ts';
import { healthyHits, raiseToPast } from './healthyBaseline.ts';
import { nameGroup } from './naming.ts';
import { groupRegions, findRegion } from './regions.ts';
import { singleCellFaults } from './singleCells.ts';

/** What is expected of the layer at hand. */
const scratch = new Float64Array(512);

/**
 * Turns the scores of a chamber into verdicts and named faults.
 *
 * A layer is bad from `thresholds.bad` on. Where fewer than `thresholds.unknownBelowHits` hits per wire are expected of it, it
 * is bad from `thresholds.badWhenFewHits` on only, and otherwise unknown. All others are good. A chamber without any hit is `unknown`, since a run without beam looks the same, unless
 * good runs of it are known: then it is bad.
 */
export function judgeChamber(
  view: ChamberView,
  scores: readonly number[],
  thresholds: Thresholds,
): Judgement {
  if (isSilent(view)) return judgeSilent(view, scores);
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
    const expected = healthyHits(view, row, scratch.subarray(0, hits.length));
    const perWire = sum(expected) / expected.length;
    const few = perWire < least;
    if (scores[row]! >= (few ? (thresholds.badWhenFewHits ?? thresholds.bad) : thresholds.bad)) {
      verdicts[row] = 'bad';
      raiseToPast(view, row, expected);
      regions.push(findRegion(row, hits, expected, view.dispersion));
      continue;
    }
    verdicts[row] = few ? 'unknown' : 'good';
    if (few) {
      thin.push(row + 1);
      hitsPerWire = Math.max(hitsPerWire, perWire);
    }
    for (const fault of singleCellFaults(row, hits, expected, view.dispersion)) faults.push(fault);
  }
  for (const group of groupRegions(regions)) {
    faults.unshift(nameGroup(group, mean(group.map(({ row }) => scores[row]!)), view.thinning));
  }
  if (thin.length > 0) faults.push(lowStatistics(thin, hitsPerWire, least));
  return { scores: [...scores], verdicts, faults };
}

function lowStatistics(layers: number[], hitsPerWire: number, least: number): Fault {
  return {
    kind: 'low-statistics',
    layers,
    wires: null,
    confidence: 1,
    note: `about ${hitsPerWire.toFixed(2)} hits per wire; a verdict needs ${least}, that is ${Math.ceil(least / Math.max(hitsPerWire, 1e-3))} times as many`,
  };
}

function isSilent({ superlayers }: ChamberView): boolean {
  return superlayers.every((view) => !view || view.layers.every((layer) => sum(layer) === 0));
}

function judgeSilent({ history }: ChamberView, scores: readonly number[]): Judgement {
  const layers = scores.flatMap((score, row) => (score === noScore ? [] : [row + 1]));
  // There is none of runs that had no hit here either.
  const known = history !== undefined;
  const fault: Fault = {
    kind: 'dead-chamber',
    layers,
    wires: null,
    confidence: known ? 0.95 : 0.5,
    note: known
      ? 'no hit in the whole chamber, which counts in recent good runs'
      : 'no hit in the whole chamber: dead, or a run without beam; other chambers or recent good runs would tell',
  };
  const verdict: Verdict = known ? 'bad' : 'unknown';
  return {
    scores: scores.map((score) => (score === noScore ? noScore : known ? 0.99 : Math.max(score, 0.5))),
    verdicts: scores.map((score) => (score === noScore ? null : verdict)),
    faults: [fault],
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

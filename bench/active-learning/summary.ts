import { drawIndex, seededRandom } from '@dtdqm/contract/random';
import { quantile, upperQuantile } from '@dtdqm/contract/numbers';
import { checkpoints, type Step } from './campaign.ts';

export const goalAuc = 0.99;

export interface Summary {
  /** Mean AUC over the labels, up to the last checkpoint. */
  area: number[];
  /** Labels until the AUC reaches the goal and is still there at the next look; Infinity when it never is. */
  toGoal: number[];
  /** Chambers with faults among the first hundred labels. */
  faultsPer100: number[];
}

/** Figures of merit of each seed's curve. */
export function summarise(curves: readonly Step[][]): Summary {
  return {
    area: curves.map(meanAuc),
    toGoal: curves.map((curve) => {
      const reached = curve.find(
        ({ auc }, index) => auc >= goalAuc && (curve[index + 1]?.auc ?? auc) >= goalAuc,
      );
      return reached?.labels ?? Infinity;
    }),
    faultsPer100: curves.map((curve) => curve.find(({ labels }) => labels === 100)?.faults ?? NaN),
  };
}

function meanAuc(curve: readonly Step[]): number {
  let area = 0;
  let labels = 0;
  curve.forEach((step, index) => {
    const before = curve[index - 1] ?? { labels: 0, auc: 0.5 };
    area += ((step.auc + before.auc) / 2) * (step.labels - before.labels);
    labels = step.labels;
  });
  return area / labels;
}

export const lastCheckpoint = checkpoints.at(-1) ?? 0;

/** Median, one of the values; one that was never reached (Infinity) counts as beyond all. */
export const medianOf = (values: readonly number[]) => upperQuantile(values, 0.5);

/** A figure of two strategies over the same seeds, with the 95 % interval of a bootstrap that draws seeds. */
export function paired(
  ours: readonly number[],
  theirs: readonly number[],
  figure: (ours: readonly number[], theirs: readonly number[]) => number,
): { value: number; low: number; high: number } {
  const random = seededRandom(5);
  const draws = Array.from({ length: 1000 }, () => {
    const seeds = ours.map(() => drawIndex(random, ours.length));
    return figure(
      seeds.map((seed) => ours[seed] as number),
      seeds.map((seed) => theirs[seed] as number),
    );
  }).filter((value) => !Number.isNaN(value));
  return { value: figure(ours, theirs), low: quantile(draws, 0.025), high: quantile(draws, 0.975) };
}

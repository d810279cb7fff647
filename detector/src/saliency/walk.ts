import type { LoadedModel } from '../model/loadModel.ts';
import type { LayerWires } from '../prepare/chamberWires.ts';
import { evaluatePoints, type Point } from './pathPoint.ts';
import type { Way } from './ways.ts';

/** How often a step that misses more than its way tolerates is halved at most. */
const deepest = 14;
/** Ways that gain less than this many logits are not looked at more closely than ways that gain as much. */
const leastGain = 5;
/**
 * Steps halved for one chamber, at most. One bad layer takes 70 to 360 (real chambers), but a chamber of noise or with twelve bad layers would take
 * 2,800 to 7,800: up to a second each, and a run of such chambers more memory than a thread has. With 800 whole chambers missed 1.1 % of what
 * their logits gain (95th percentile), with 1,600 0.8 %.
 */
const mostHalvings = 1600;
/** Of the halvings left, the share spent in one round, on the steps that miss most: all at once would go to the first rounds alone. */
const shareOfRound = 0.25;
/** Points evaluated at a time: bounds memory. */
const pointsPerBatch = 128;

/** A way with the points evaluated on it. */
export interface Walk {
  readonly way: Way;
  /** In order along the way. */
  readonly points: Point[];
}

/** The walks of one chamber, which share what may be spent on it. */
export type ChamberWalk = readonly Walk[];

interface Step {
  readonly walk: Walk;
  /** Its middle, 0 to 1 along the way. */
  readonly at: number;
  /** Share of the logits gained on the way that the step does not account for. */
  readonly missing: number;
}

/**
 * Evaluates points along the ways: equal steps at first, then the middles of steps that miss what the logit really gained,
 * as networks of relus have kinks and counts near zero change logarithms fast. Steps that miss most are halved first, and no
 * more of them than a chamber may take.
 */
export function walkAlong(model: LoadedModel, chambers: readonly ChamberWalk[], steps: number): void {
  const left = chambers.map(() => mostHalvings);
  let pending = chambers
    .flat()
    .flatMap((walk) => Array.from({ length: steps + 1 }, (_, step) => ({ walk, at: step / steps })));
  while (pending.length > 0) {
    for (let first = 0; first < pending.length; first += pointsPerBatch) {
      const batch = pending.slice(first, first + pointsPerBatch);
      const places = batch.map(({ walk, at }) => ({ way: walk.way, at }));
      evaluatePoints(model, places).forEach((point, index) => batch[index]!.walk.points.push(point));
    }
    for (const { points } of chambers.flat()) points.sort((a, b) => a.at - b.at);
    pending = chambers.flatMap((walks, index) => {
      const worst = walks.flatMap((walk) => stepsToHalve(walk, steps)).sort((a, b) => b.missing - a.missing);
      const halved = worst.slice(0, Math.ceil(left[index]! * shareOfRound));
      left[index]! -= halved.length;
      return halved;
    });
  }
}

function stepsToHalve(walk: Walk, steps: number): Step[] {
  const { way, points } = walk;
  const gain = Math.max(Math.abs(points.at(-1)!.logit - points[0]!.logit), leastGain);
  const shortest = 1.5 / (steps * 2 ** deepest);
  return points.slice(1).flatMap((end, index) => {
    const start = points[index]!;
    const length = end.at - start.at;
    const byGradient = (length * (start.slope + end.slope)) / 2;
    const missing = Math.abs(byGradient - (end.logit - start.logit)) / gain;
    return missing > way.tolerance && length > shortest
      ? [{ walk, at: (start.at + end.at) / 2, missing }]
      : [];
  });
}

/** The trapezoid rule: every point weighs half of the steps on either side. */
export function addIntegral({ way, points }: Walk, sums: LayerWires): void {
  points.forEach(({ at, gradient }, index) => {
    const before = points[index - 1]?.at ?? at;
    const after = points[index + 1]?.at ?? at;
    const weight = (after - before) / 2;
    gradient.forEach((values, row) => {
      const factors = way.move[row]!;
      for (let wire = 0; values && wire < values.length; wire++) {
        sums[row]![wire]! += weight * values[wire]! * factors[wire]!;
      }
    });
  });
}

import type { LayerWires } from '../prepare/chamberWires.ts';
import { zerosLike } from './gradientAt.ts';
import { evaluatePoints, type Point } from './pathPoint.ts';
import type { Saliency } from './saliency.ts';
import { baselinesOf, suspiciousLayers } from './suspicion.ts';
import { waysOf, type Way } from './ways.ts';

/** Equal steps that every way begins with. */
const defaultSteps = 4;
/** Share of the logits gained on a way that one step may miss before it is halved, and how often at most. */
const tolerance = 0.0001;
const deepest = 14;
/** Ways that gain less than this many logits are not looked at more closely than ways that gain as much. */
const leastGain = 5;
/** Points evaluated at a time: bounds memory. */
const pointsPerBatch = 128;

interface Walk {
  readonly way: Way;
  /** In order along the way. */
  points: Point[];
}

/**
 * Integrated gradients (Sundararajan et al., ICML 2017) from the healthy baseline to the chamber, see `ways.ts` for the way taken. Positive: this wire, as
 * it differs from the baseline, speaks for bad. Units: logits.
 *
 * The values of a chamber add up to what logit(bad) - logit(good) gained on the way, as nearly as the integral was computed;
 * nothing is shared out to make up for the rest. The integral is a trapezoid rule whose steps are halved as long as they
 * miss what the logit really gained: networks of relus have kinks, and counts near zero change logarithms fast. Along the
 * way the chamber's estimates of itself (see `estimatesOf` of `ChamberWires`) stay as they are, without which gradients
 * would have to follow medians over the whole chamber.
 */
export const integratedGradients: Saliency = (model, chambers, { layer, passes = defaultSteps }) => {
  const suspicious = suspiciousLayers(model, chambers);
  const baselines = baselinesOf(model, chambers, suspicious);
  const walksOf = chambers.map((chamber, index) =>
    waysOf(chamber, baselines[index]!, suspicious[index]!, layer).map((way): Walk => ({ way, points: [] })),
  );
  const walks = walksOf.flat();
  let pending = walks.flatMap((walk) =>
    Array.from({ length: passes + 1 }, (_, step) => ({ walk, at: step / passes })),
  );
  for (let depth = 0; pending.length > 0; depth++) {
    for (let first = 0; first < pending.length; first += pointsPerBatch) {
      const batch = pending.slice(first, first + pointsPerBatch);
      const places = batch.map(({ walk, at }) => ({ way: walk.way, at }));
      evaluatePoints(model, places).forEach((point, index) => batch[index]!.walk.points.push(point));
    }
    for (const { points } of walks) points.sort((a, b) => a.at - b.at);
    pending = depth < deepest ? walks.flatMap((walk) => middles(walk).map((at) => ({ walk, at }))) : [];
  }
  return chambers.map((chamber, index) => {
    const sums = zerosLike(chamber);
    for (const walk of walksOf[index]!) addIntegral(walk, sums);
    return sums;
  });
};

/** Middles of the steps that do not account for what the logit gained. */
function middles({ way, points }: Walk): number[] {
  if (!way.exact) return [];
  const gain = Math.abs(points.at(-1)!.logit - points[0]!.logit);
  const allowed = tolerance * Math.max(gain, leastGain);
  return points.slice(1).flatMap((end, index) => {
    const start = points[index]!;
    const byGradient = ((end.at - start.at) * (start.slope + end.slope)) / 2;
    return Math.abs(byGradient - (end.logit - start.logit)) > allowed ? [(start.at + end.at) / 2] : [];
  });
}

/** The trapezoid rule: every point weighs half of the steps on either side. */
function addIntegral({ way, points }: Walk, sums: LayerWires): void {
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

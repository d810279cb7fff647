import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { zerosLike } from './gradientAt.ts';
import { evaluatePoints, type Point } from './pathPoint.ts';
import type { Saliency } from './saliency.ts';
import { baselinesOf, suspiciousLayers } from './suspicion.ts';

/** Equal steps that every way begins with. */
const defaultSteps = 4;
/** Share of the logits gained on the whole way that one step may miss before it is halved, and how often at most. */
const tolerance = 0.0005;
const deepest = 14;
/** Ways that gain less than this many logits are not looked at more closely than ways that gain as much. */
const leastGain = 1;
/** Points evaluated at a time: bounds memory. */
const pointsPerBatch = 128;

/** The straight way from the baseline to the chamber, with what was found at points along it. */
interface Way {
  readonly from: ChamberWires;
  readonly to: ChamberWires;
  readonly move: LayerWires;
  /** Whether steps may be halved. */
  readonly exact: boolean;
  /** In order along the way. */
  points: Point[];
}

/**
 * Integrated gradients (Sundararajan et al., ICML 2017) from the healthy baseline to the chamber. Positive: this wire, as it
 * differs from the baseline, speaks for bad. Units: logits.
 *
 * The values of a chamber add up to what logit(bad) - logit(good) gained on the way, as nearly as the integral was computed;
 * nothing is shared out to make up for the rest. The integral is a trapezoid rule whose steps are halved as long as they
 * miss what the logit really gained: networks of relus have kinks, and counts near zero change logarithms fast. Along the
 * way the chamber's estimates of itself (see `estimatesOf` of {@link ChamberWires}) stay as they are, without which gradients
 * would have to follow medians over the whole chamber.
 */
export const integratedGradients: Saliency = (model, chambers, { layer, passes = defaultSteps }) => {
  const suspicious = suspiciousLayers(model, chambers);
  const baselines = baselinesOf(model, chambers, suspicious);
  const ways = chambers.map((to, index): Way => {
    const from = baselines[index]!;
    const exact = layer !== undefined || suspicious[index]!.includes(true);
    return { from, to, move: differenceOf(from, to), exact, points: [] };
  });
  // A chamber that is its own baseline has nothing to explain.
  let pending = ways.flatMap((way) =>
    way.from === way.to ? [] : Array.from({ length: passes + 1 }, (_, step) => ({ way, at: step / passes })),
  );
  for (let depth = 0; pending.length > 0; depth++) {
    for (let first = 0; first < pending.length; first += pointsPerBatch) {
      const batch = pending.slice(first, first + pointsPerBatch);
      const points = evaluatePoints(
        model,
        batch.map(({ way, at }) => ({ ...way, at })),
        layer,
      );
      batch.forEach(({ way }, index) => way.points.push(points[index]!));
    }
    for (const way of ways) way.points.sort((a, b) => a.at - b.at);
    pending = depth < deepest ? ways.flatMap((way) => middles(way).map((at) => ({ way, at }))) : [];
  }
  return ways.map(integral);
};

/** Middles of the steps that do not account for what the logit gained. */
function middles({ points, exact }: Way): number[] {
  if (!exact || points.length === 0) return [];
  const gain = Math.abs(points.at(-1)!.logit - points[0]!.logit);
  const allowed = tolerance * Math.max(gain, leastGain);
  return points.slice(1).flatMap((end, index) => {
    const start = points[index]!;
    const byGradient = ((end.at - start.at) * (start.slope + end.slope)) / 2;
    return Math.abs(byGradient - (end.logit - start.logit)) > allowed ? [(start.at + end.at) / 2] : [];
  });
}

/** The trapezoid rule: every point weighs half of the steps on either side. */
function integral({ to, move, points }: Way): LayerWires {
  const sums = zerosLike(to);
  points.forEach(({ at, gradient }, index) => {
    const before = points[index - 1]?.at ?? at;
    const after = points[index + 1]?.at ?? at;
    const weight = (after - before) / 2;
    gradient.forEach((values, row) => {
      const factors = move[row]!;
      for (let wire = 0; values && wire < values.length; wire++) {
        sums[row]![wire]! += weight * values[wire]! * factors[wire]!;
      }
    });
  });
  return sums;
}

function differenceOf(from: ChamberWires, to: ChamberWires): LayerWires {
  return to.layers.map((wires, row) => wires && wires.map((hits, wire) => hits - from.layers[row]![wire]!));
}

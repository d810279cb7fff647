import type { LayerWires } from '../prepare/chamberWires.ts';
import { zerosLike } from './gradientAt.ts';
import type { Saliency } from './saliency.ts';
import { baselinesOf, suspiciousLayers } from './suspicion.ts';
import { addIntegral, walkAlong, type ChamberWalk } from './walk.ts';
import { waysOf } from './ways.ts';

/** Equal steps that every way begins with. */
const defaultSteps = 4;
/** Ways walked at the same time: their first points fill a batch, and not much more is held in memory at once. */
const waysAtATime = 25;

/**
 * Integrated gradients (Sundararajan et al., ICML 2017) from the healthy baseline to the chamber, see `ways.ts` for the way taken. Positive: this wire, as
 * it differs from the baseline, speaks for bad. Units: logits.
 *
 * The values of a chamber add up to what logit(bad) - logit(good) gained on the way, as nearly as the integral was computed
 * (see `walk.ts`); nothing is shared out to make up for the rest. Along the way the chamber's estimates of itself (see
 * `estimatesOf` of `ChamberWires`) stay as they are, without which gradients would have to follow medians over the whole chamber.
 */
export const integratedGradients: Saliency = (model, chambers, { layer, passes = defaultSteps }) => {
  const suspicious = suspiciousLayers(model, chambers);
  const baselines = baselinesOf(model, chambers, suspicious);
  const sums = chambers.map(zerosLike);
  let group: { walks: ChamberWalk; sums: LayerWires }[] = [];
  const finish = () => {
    walkAlong(
      model,
      group.map(({ walks }) => walks),
      passes,
    );
    for (const { walks, sums } of group) for (const walk of walks) addIntegral(walk, sums);
    group = [];
  };
  chambers.forEach((chamber, index) => {
    const ways = waysOf(chamber, baselines[index]!, suspicious[index]!, layer);
    group.push({ walks: ways.map((way) => ({ way, points: [] })), sums: sums[index]! });
    if (group.reduce((count, { walks }) => count + walks.length, 0) >= waysAtATime) finish();
  });
  finish();
  return sums;
};

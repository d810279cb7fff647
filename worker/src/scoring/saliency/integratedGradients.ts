import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { baselineOf } from './baseline.ts';
import { addGradientAt, zerosLike } from './gradientAt.ts';
import type { Saliency } from './saliency.ts';

export const defaultSteps = 16;

/**
 * Integrated gradients (Sundararajan et al., ICML 2017) from the healthy baseline to the chamber, by the midpoint rule.
 * The values of a chamber add up to what logit(bad) - logit(good) gained on the way. Positive: this wire, as it differs
 * from the baseline, speaks for bad. Units: logits.
 */
export const integratedGradients: Saliency = (model, chambers, { layer, passes = defaultSteps }) => {
  const baselines = chambers.map((chamber) => baselineOf(model.preprocessing, chamber));
  const sums = chambers.map(zerosLike);
  for (let step = 0; step < passes; step++) {
    const share = (step + 0.5) / passes;
    const onTheWay = chambers.map((chamber, index) => between(baselines[index]!, chamber, share));
    addGradientAt(model, onTheWay, layer, sums);
  }
  sums.forEach((rows, index) => {
    timesDistance(rows, baselines[index]!.layers, chambers[index]!.layers, 1 / passes);
  });
  return sums;
};

function between(from: ChamberWires, to: ChamberWires, share: number): ChamberWires {
  const layers = to.layers.map((wires, row) => {
    const start = from.layers[row];
    return wires && wires.map((hits, wire) => start![wire]! + share * (hits - start![wire]!));
  });
  return { ...to, layers };
}

function timesDistance(rows: LayerWires, from: LayerWires, to: LayerWires, factor: number): void {
  rows.forEach((values, row) => {
    values?.forEach((value, wire) => (values[wire] = value * factor * (to[row]![wire]! - from[row]![wire]!)));
  });
}

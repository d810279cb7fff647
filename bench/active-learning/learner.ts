import { standardiser } from '@dtdqm/worker/learning/strategies/features';
import { fitLogistic, type Head } from '@dtdqm/worker/learning/strategies/logistic';
import type { BankChamber, BankLayer } from './bank.ts';

export type Score = (layer: BankLayer) => number;

/** What the model is trained on: features and their squares, so that "too few" and "too many" can both be bad. */
export function inputMap(sample: readonly BankLayer[]): (layer: BankLayer) => number[] {
  const standardise = standardiser(sample.map(({ features }) => features));
  const cache = new WeakMap<BankLayer, number[]>();
  return (layer) => {
    let input = cache.get(layer);
    if (input === undefined) {
      const linear = standardise(layer.features);
      input = [...linear, ...linear.map((value) => Math.min(9, value ** 2))];
      cache.set(layer, input);
    }
    return input;
  };
}

/** The model after these labels; while it has seen one class only it knows nothing. */
export function train(labelled: readonly BankChamber[], input: (layer: BankLayer) => number[]): Score {
  const layers = labelled.flatMap(({ layers: own }) => own);
  const bad = layers.filter((layer) => layer.bad).length;
  if (bad === 0 || bad === layers.length) return () => bad / Math.max(1, layers.length);
  const head: Head = fitLogistic(layers.map((layer) => ({ features: input(layer), bad: layer.bad })));
  return (layer) => head(input(layer));
}

/** Area under the receiver operating curve: chance that a bad layer scores above a good one. */
export function areaUnderRoc(layers: readonly BankLayer[], score: Score): number {
  const scored = layers
    .map((layer) => ({ score: score(layer), bad: layer.bad }))
    .sort((a, b) => a.score - b.score);
  let ranks = 0;
  let bad = 0;
  for (let from = 0; from < scored.length;) {
    let to = from;
    while (to < scored.length && scored[to]?.score === scored[from]?.score) to += 1;
    for (let index = from; index < to; index += 1) {
      if (!scored[index]?.bad) continue;
      bad += 1;
      ranks += (from + 1 + to) / 2;
    }
    from = to;
  }
  return (ranks - (bad * (bad + 1)) / 2) / (bad * (scored.length - bad));
}

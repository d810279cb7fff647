import { noScore, type Fault, type StrategyName } from '@dtdqm/contract';

export interface Chosen {
  strategy: StrategyName;
  audit: boolean;
  /** Layer 1..12 that looks worst. */
  focus: number;
  /** P(bad) of layers 1..12, -1 where there is no such layer; empty when not known. */
  scores: readonly number[];
  faults: readonly Fault[];
  /** Chambers that came before and look bad in the same way. */
  twinsBefore: number;
}

/** One sentence for the expert: why this chamber, now. */
export function tellReason(chosen: Chosen): string {
  if (chosen.audit) return 'Drawn at random, to keep the estimate of the share of bad layers honest.';
  const sentence = tell[chosen.strategy](chosen);
  if (chosen.twinsBefore === 0) return sentence;
  const times = chosen.twinsBefore === 1 ? 'once' : `${chosen.twinsBefore} times`;
  return `${sentence} The same was seen ${times} before.`;
}

const tell: Record<StrategyName, (chosen: Chosen) => string> = {
  random: () => 'Drawn at random.',
  margin: ({ scores }) => {
    const layer = nearestToHalf(scores);
    return layer === null
      ? 'The model is least sure here.'
      : `The model is least sure of layer ${layer}: score ${scoreOf(scores, layer)}.`;
  },
  'most-anomalous': (chosen) => worst(chosen, 'looks worst'),
  'density-weighted': ({ focus, scores }) =>
    `The model is unsure of layer ${focus} (score ${scoreOf(scores, focus)}), and many others look like it.`,
  'k-center': ({ focus }) => `Layer ${focus} is unlike anything labelled so far.`,
  committee: ({ focus, scores }) =>
    `Models trained on different labels disagree most about layer ${focus} (score ${scoreOf(scores, focus)}).`,
  'expected-gradient': ({ focus, scores }) =>
    `A label of layer ${focus} (score ${scoreOf(scores, focus)}) would change the model most.`,
  'outlier-then-margin': (chosen) => worst(chosen, 'stands out'),
};

function worst({ focus, scores, faults }: Chosen, how: string): string {
  const fault = faults.find(({ layers }) => layers.includes(focus));
  const kind = fault === undefined ? '' : `, ${fault.kind.replaceAll('-', ' ')}`;
  return `Layer ${focus} ${how}: score ${scoreOf(scores, focus)}${kind}.`;
}

function nearestToHalf(scores: readonly number[]): number | null {
  let nearest: number | null = null;
  scores.forEach((score, row) => {
    if (score === noScore) return;
    if (nearest === null || Math.abs(score - 0.5) < Math.abs((scores[nearest - 1] as number) - 0.5))
      nearest = row + 1;
  });
  return nearest;
}

function scoreOf(scores: readonly number[], layer: number): string {
  const score = scores[layer - 1];
  return score === undefined || score === noScore ? 'unknown' : score.toFixed(2);
}

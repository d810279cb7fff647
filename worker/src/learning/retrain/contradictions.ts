import type { LabelledLayer } from './judgeModels.ts';

/** A label that says the opposite of what the model in use is surest of. */
export interface Contradiction {
  run: number;
  /** As {@link formatChamber} writes it. */
  chamber: string;
  layer: number;
  label: 'good' | 'bad';
  expert: string;
  /** P(bad) by the model in use. */
  score: number;
}

/** Labels that contradict the model in use, as they stand in the report of a retraining. */
export interface Contradictions {
  /** Layers so labelled, whether listed or not. */
  count: number;
  /** Those that it is surest against, at most {@link mostListed}. */
  listed: Contradiction[];
}

/** Below the first a model is sure that a layer is good, above the second that it is bad: what it tells is calibrated (its card). */
const [surelyGood, surelyBad] = [0.02, 0.98];
/** A report stands in the journal of models and is read by people. */
const mostListed = 200;

/**
 * Which labels contradict a model where it is surest. Either they are wrong, or they show what it has never seen: who trains on them
 * cannot tell, so they are learned like all others, and people are told of them.
 */
export function contradictionsOf(layers: readonly LabelledLayer[]): Contradictions {
  const all = layers
    .filter(({ bad, score, flagged }) => (bad ? score < surelyGood && !flagged : score > surelyBad))
    .sort((a, b) => doubtOf(a) - doubtOf(b));
  return {
    count: all.length,
    listed: all.slice(0, mostListed).map(({ run, place, layer, bad, expert, score }) => ({
      run,
      chamber: place,
      layer,
      label: bad ? 'bad' : 'good',
      expert,
      score,
    })),
  };
}

/** P(what the label says) by the model. */
function doubtOf({ bad, score }: LabelledLayer): number {
  return bad ? score : 1 - score;
}

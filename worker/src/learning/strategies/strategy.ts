import type { StrategyName } from '@dtdqm/contract';
import type { Example } from '../heads/logistic.ts';
import type { Random } from '@dtdqm/simulator/random/seeded';

/** One layer that could be asked about. */
export interface CandidateLayer {
  /** 1..12 */
  layer: number;
  /** P(bad) by the current model. */
  score: number;
  /** See features/layerFeatures.ts. */
  features: readonly number[];
}

/** What is known when the order is worked out. */
export interface Knowledge {
  /** Layers with a label. */
  labelled: readonly Example[];
  /** Features of layers drawn at random from all, a few hundred. */
  background: readonly (readonly number[])[];
  random: Random;
}

/** Says how much would be gained by asking about a layer: 0..1, greater is sooner. */
export interface Urgency {
  (layer: CandidateLayer): number;
  /**
   * Says that this layer is asked about before an answer can be learned from: whatever is like it becomes less urgent, nothing
   * more. Absent where the urgency of one layer has nothing to do with another's.
   */
  ask?(layer: CandidateLayer): void;
}

export interface Strategy {
  name: StrategyName;
  /** For people, one sentence. */
  about: string;
  /** Does what is worked out once (training, distances), so that each layer then costs little. */
  prepare(knowledge: Knowledge): Urgency;
}

import { isRegion, kindInWords, noScore, type Fault, type StrategyName, type Verdict } from '@dtdqm/contract';
import { standardDeviation } from '@dtdqm/contract/numbers';
import type { Random } from '@dtdqm/contract/random';
import { distance, outlierness, standardiser } from './features.ts';
import { fitCommittee, type Example } from './logistic.ts';

/** One layer that could be asked about. */
export interface CandidateLayer {
  /** 1..12 */
  layer: number;
  /** P(bad) by the current model. */
  score: number;
  /** See `layerFeatures`. */
  features: readonly number[];
  /** Drawn once for its chamber, 0..1. */
  randomKey: number;
  /** How gross the fault is, 0..1, that the judge names in it while it calls it good (see {@link excusedLayers}); absent where there is none. */
  excused?: number | undefined;
}

/** What is known when the order is worked out. */
export interface Knowledge {
  /** Layers with a label; none for a strategy that does not follow labels. */
  labelled: readonly Example[];
  /** Features of layers drawn at random from all, a few hundred. */
  background: readonly (readonly number[])[];
  random: Random;
}

/** The acquisition function of active learning: how much would be gained by asking about a layer, 0..1, greater is sooner. */
export interface Acquisition {
  (layer: CandidateLayer): number;
  /**
   * Says that this layer is asked about before an answer can be learned from: whatever is like it becomes less urgent, nothing
   * more. Absent where the value of one layer has nothing to do with another's.
   */
  select?(layer: CandidateLayer): void;
}

/** A chamber that comes next, for telling why. */
export interface Chosen {
  /** Layer 1..12 that is asked about: it looks worst, or is excused (see {@link excusedLayers}). */
  focus: number;
  /** P(bad) of layers 1..12, -1 where there is no such layer; empty when not known. */
  scores: readonly number[];
  /** Of the judge, layers 1..12; empty when not known. */
  verdicts: readonly (Verdict | null)[];
  faults: readonly Fault[];
}

export interface Strategy {
  /** For people, one sentence. */
  about: string;
  /** One sentence for the expert: why this chamber, now. */
  reason(chosen: Chosen): string;
  /** Whether every label changes the order, which a worker then works out anew every minute. */
  followsLabels: boolean;
  /** The queue knows the scores of all layers of a chamber, but the features of the one alone that looks worst. */
  reads: 'scores' | 'features';
  /** Gives chambers that look bad in a way seen before the same place as others, instead of a later one. */
  ignoresDuplicates?: true;
  /** Does what is worked out once (training, distances), so that each layer then costs little. */
  rank(knowledge: Knowledge): Acquisition;
}

/** More centres cost time for every candidate; the latest labels matter most. */
const mostCentres = 500;

/** As likeness is measured against many, a hundred of the background tell it well enough. */
const neighbours = 100;

/** Bad layers that must be known before uncertainty means anything. */
const enoughBad = 5;

/** What `next` uses unless told otherwise: chosen by bench/loop, whose figures stand in docs/decisions/0010. */
export const defaultStrategy: StrategyName = 'mixed';

/** Every strategy: a new one is its name in contract/src/queue.ts and its entry here. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  random: {
    about: 'Every chamber is as likely as every other.',
    reason: () => 'Drawn at random.',
    followsLabels: false,
    reads: 'scores',
    ignoresDuplicates: true,
    // The key is fixed: the same order as that of the random draws, whose first so many are a fair sample.
    rank:
      () =>
      ({ randomKey }) =>
        1 - randomKey,
  },

  margin: {
    about: 'The layer whose score is nearest to 0.5, as the original tool did.',
    reason: ({ scores }) => {
      const layer = nearestToHalf(scores);
      return layer === null
        ? 'The model is least sure here.'
        : `The model is least sure of layer ${layer}: score ${scoreOf(scores, layer)}.`;
    },
    followsLabels: false,
    reads: 'scores',
    rank: () => uncertainty,
  },

  'most-anomalous': {
    about: 'The highest score: finds faults fastest while the model is right.',
    reason: (chosen) => worst({ ...chosen, focus: greatestScore(chosen) }, 'looks worst'),
    followsLabels: false,
    reads: 'scores',
    rank:
      () =>
      ({ score }) =>
        score,
  },

  'density-weighted': {
    about:
      'Uncertain layers that many others look like: an answer that serves many (Settles and Craven 2008).',
    reason: ({ focus, scores }) =>
      `The model is unsure of layer ${focus} (score ${scoreOf(scores, focus)}), and many others look like it.`,
    followsLabels: false,
    reads: 'features',
    rank: ({ background }) => {
      const standardise = standardiser(background);
      const points = background.slice(0, neighbours).map(standardise);
      return (layer) => {
        if (points.length === 0) return uncertainty(layer);
        const own = standardise(layer.features);
        const likeness =
          points.reduce((sum, point) => sum + 1 / (1 + distance(own, point)), 0) / points.length;
        return uncertainty(layer) * likeness;
      };
    },
  },

  'k-center': {
    about:
      'The layer farthest from everything labelled so far: covers the whole variety (Sener and Savarese 2018).',
    reason: ({ focus }) => `Layer ${focus} is unlike anything labelled so far.`,
    followsLabels: true,
    reads: 'features',
    rank: ({ labelled, background }) => {
      const standardise = standardiser(background);
      const centres = labelled.slice(-mostCentres);
      const points = centres.map(({ features }) => standardise(features));
      // Before the first label the middle of all layers is the one centre.
      if (points.length === 0) points.push((background[0] ?? []).map(() => 0));
      // Asked about in turn, a layer is looked at again and again: only the centres that are new since then are measured.
      const known = new WeakMap<CandidateLayer, { own: number[]; nearest: number; centres: number }>();
      const farness: Acquisition = (layer) => {
        const so = known.get(layer) ?? { own: standardise(layer.features), nearest: Infinity, centres: 0 };
        for (const point of points.slice(so.centres))
          so.nearest = Math.min(so.nearest, distance(so.own, point));
        so.centres = points.length;
        known.set(layer, so);
        return so.nearest / (1 + so.nearest);
      };
      // Farthest first, one after the other: what has been asked about is a centre, answered or not.
      farness.select = ({ features }) => void points.push(standardise(features));
      return farness;
    },
  },

  mixed: {
    about:
      'Doubt, oddity and distance from all that is labelled, multiplied: what stands out while the model is unsure and no label tells of it.',
    reason: (chosen) => {
      const layer = `Layer ${chosen.focus} (score ${scoreOf(chosen.scores, chosen.focus)})`;
      const what = excusedLayers(chosen).has(chosen.focus)
        ? `where a fault is named that is not called bad (${kindAt(chosen)})`
        : 'where the model is less than sure';
      return `${layer} is among those that stand out most ${what} and no label is alike.`;
    },
    followsLabels: true,
    reads: 'features',
    rank: (knowledge) => {
      const farness = strategies['k-center'].rank(knowledge);
      const standsOut = outlierness(knowledge.background);
      // Neither changes while chambers are asked about in turn.
      const known = new WeakMap<CandidateLayer, number>();
      const urgency: Acquisition = (layer) => {
        const own = known.get(layer) ?? doubt(layer) * standsOut(layer.features);
        known.set(layer, own);
        return own === 0 ? 0 : own * farness(layer);
      };
      urgency.select = farness.select!;
      return urgency;
    },
  },

  committee: {
    about:
      'Where small models trained on different labels, and the current model, disagree most (Seung et al. 1992).',
    reason: ({ focus, scores }) =>
      `Models trained on different labels disagree most about layer ${focus} (score ${scoreOf(scores, focus)}).`,
    followsLabels: true,
    reads: 'features',
    rank: ({ labelled, background, random }) => {
      const standardise = standardiser(background);
      const members = fitCommittee(
        labelled.map(({ features, bad }) => ({ features: standardise(features), bad })),
        random,
      );
      const standsOut = outlierness(background);
      return ({ score, features }) => {
        // Without labels of both kinds: where the model and plain oddity disagree.
        if (members.length === 0) return Math.abs(score - standsOut(features));
        const own = standardise(features);
        const votes = [...members.map((member) => member(own)), score];
        // Twice the standard deviation: 1 when half of the votes are 0 and half 1.
        return 2 * standardDeviation(votes);
      };
    },
  },

  'expected-gradient': {
    about:
      'The layer whose label would move the model most, whichever way it falls (Settles, Craven and Ray 2007).',
    reason: ({ focus, scores }) =>
      `A label of layer ${focus} (score ${scoreOf(scores, focus)}) would change the model most.`,
    followsLabels: false,
    reads: 'features',
    rank: ({ background }) => {
      const standardise = standardiser(background);
      return ({ score, features }) => {
        // Gradient of the logistic loss is (p - y) x, so its length expected over y ~ p is 2 p (1 - p) |x|; the 1 is the constant.
        const length = Math.sqrt(1 + standardise(features).reduce((sum, value) => sum + value ** 2, 0));
        const expected = 2 * score * (1 - score) * length;
        return expected / (1 + expected);
      };
    },
  },

  'outlier-then-margin': {
    about: `What stands out from all layers until ${enoughBad} bad ones are known, then the uncertain: for a cold start with rare faults.`,
    reason: (chosen) => worst(chosen, 'stands out'),
    followsLabels: true,
    reads: 'features',
    rank: ({ labelled, background }) => {
      if (labelled.filter(({ bad }) => bad).length >= enoughBad) return uncertainty;
      const standsOut = outlierness(background);
      return ({ features }) => standsOut(features);
    },
  },
};

/** 1 where the score is 0.5, 0 where the model is certain. */
function uncertainty({ score }: CandidateLayer): number {
  return 1 - 2 * Math.abs(0.5 - score);
}

/** A fault is gross where hits are half as many again as expected, or two thirds of them. */
const grossFrom = Math.log(1.5);
/** And an uneven layer at twice the deviations from which it is named. */
const grossUnevenness = 12;

/**
 * Layers 1..12 in which the judge names a fault and which it calls good all the same, and how gross that is: whether it is bad is for an expert to say.
 * The grossest are asked about first: of 47 hot layers that were offered in one world 43 were hot by a tenth to a third, and good to its expert.
 */
export function excusedLayers({
  verdicts,
  faults,
}: Pick<Chosen, 'verdicts' | 'faults'>): ReadonlyMap<number, number> {
  const excused = new Map<number, number>();
  for (const { layers, ratio, unevenness = grossUnevenness } of faults.filter(isRegion)) {
    const gross =
      ratio === undefined
        ? Math.min(1, unevenness / grossUnevenness)
        : Math.min(1, Math.abs(Math.log(Math.max(ratio, 0.01))) / grossFrom);
    for (const layer of layers) {
      if (verdicts[layer - 1] !== 'bad') excused.set(layer, Math.max(gross, excused.get(layer) ?? 0));
    }
  }
  return excused;
}

/** Of a layer in which a gross fault is named that does not make it bad: the model is sure of it, but sure of what it was told, not of what this expert thinks. */
export const doubtOfExcused = 0.5;

/** 0..1. The root leaves some doubt where the model is nearly sure: it is nearly sure of kinds of faults that it has never seen. */
function doubt({ score, excused = 0 }: CandidateLayer): number {
  return Math.max(Math.sqrt(4 * score * (1 - score)), excused * doubtOfExcused);
}

function worst({ focus, scores, faults }: Chosen, how: string): string {
  const kind = kindAt({ focus, faults });
  return `Layer ${focus} ${how}: score ${scoreOf(scores, focus)}${kind === null ? '' : `, ${kind}`}.`;
}

/** The fault that is named in the layer, in words. */
function kindAt({ focus, faults }: Pick<Chosen, 'focus' | 'faults'>): string | null {
  const fault = faults.find(({ layers }) => layers.includes(focus));
  return fault ? kindInWords(fault.kind) : null;
}

/** Layer 1..12; the one in focus where no scores are known. */
function greatestScore({ focus, scores }: Chosen): number {
  return scores.length === 0 ? focus : scores.indexOf(Math.max(...scores)) + 1;
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

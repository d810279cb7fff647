import { standardiser } from '../features/standardise.ts';
import { fitCommittee } from '../heads/committee.ts';
import { outlierness } from './outlier.ts';
import type { Strategy } from './strategy.ts';

export const committee: Strategy = {
  name: 'committee',
  about:
    'Where small models trained on different labels, and the current model, disagree most (Seung et al. 1992).',
  prepare: ({ labelled, background, random }) => {
    const standardise = standardiser(background);
    const heads = fitCommittee(
      labelled.map(({ features, bad }) => ({ features: standardise(features), bad })),
      random,
    );
    const standsOut = outlierness(background);
    return (layer) => {
      // Without labels of both kinds: where the model and plain oddity disagree.
      if (heads.length === 0) return Math.abs(layer.score - standsOut(layer));
      const own = standardise(layer.features);
      const votes = [...heads.map((head) => head(own)), layer.score];
      const mean = votes.reduce((sum, vote) => sum + vote, 0) / votes.length;
      // Twice the standard deviation: 1 when half of the votes are 0 and half 1.
      return 2 * Math.sqrt(votes.reduce((sum, vote) => sum + (vote - mean) ** 2, 0) / votes.length);
    };
  },
};

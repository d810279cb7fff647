import { distance, standardiser } from '../features/standardise.ts';
import type { Strategy } from './strategy.ts';

/** More centres cost time for every candidate; the latest labels matter most. */
const mostCentres = 500;

export const kCenter: Strategy = {
  name: 'k-center',
  about:
    'The layer farthest from everything labelled so far: covers the whole variety (Sener and Savarese 2018).',
  prepare: ({ labelled, background }) => {
    const standardise = standardiser(background);
    // Before the first label the middle of all layers is the one centre.
    const centres = labelled.length > 0 ? labelled.slice(-mostCentres) : [];
    const points = centres.map(({ features }) => standardise(features));
    return ({ features }) => {
      const own = standardise(features);
      const nearest =
        points.length > 0
          ? Math.min(...points.map((point) => distance(own, point)))
          : distance(
              own,
              own.map(() => 0),
            );
      return nearest / (1 + nearest);
    };
  },
};

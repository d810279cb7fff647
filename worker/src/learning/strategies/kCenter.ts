import { distance, standardiser } from '../features/standardise.ts';
import type { Strategy, Urgency } from './strategy.ts';

/** More centres cost time for every candidate; the latest labels matter most. */
const mostCentres = 500;

export const kCenter: Strategy = {
  name: 'k-center',
  about:
    'The layer farthest from everything labelled so far: covers the whole variety (Sener and Savarese 2018).',
  prepare: ({ labelled, background }) => {
    const standardise = standardiser(background);
    const centres = labelled.slice(-mostCentres);
    const points = centres.map(({ features }) => standardise(features));
    // Before the first label the middle of all layers is the one centre.
    if (points.length === 0) points.push((background[0] ?? []).map(() => 0));
    const urgency: Urgency = ({ features }) => {
      const own = standardise(features);
      const nearest = Math.min(...points.map((point) => distance(own, point)));
      return nearest / (1 + nearest);
    };
    // Farthest first, one after the other: what has been asked about is a centre, answered or not.
    urgency.ask = ({ features }) => void points.push(standardise(features));
    return urgency;
  },
};

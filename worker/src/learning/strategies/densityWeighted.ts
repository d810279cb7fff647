import { distance, standardiser } from '../features/standardise.ts';
import { uncertainty } from './margin.ts';
import type { Strategy } from './strategy.ts';

/** As likeness is measured against many, a hundred of the background tell it well enough. */
const neighbours = 100;

export const densityWeighted: Strategy = {
  name: 'density-weighted',
  about: 'Uncertain layers that many others look like: an answer that serves many (Settles and Craven 2008).',
  prepare: ({ background }) => {
    const standardise = standardiser(background);
    const points = background.slice(0, neighbours).map(standardise);
    return (layer) => {
      if (points.length === 0) return uncertainty(layer);
      const own = standardise(layer.features);
      const likeness = points.reduce((sum, point) => sum + 1 / (1 + distance(own, point)), 0) / points.length;
      return uncertainty(layer) * likeness;
    };
  },
};

import { standardiser } from '../features/standardise.ts';
import type { Strategy } from './strategy.ts';

export const expectedGradient: Strategy = {
  name: 'expected-gradient',
  about:
    'The layer whose label would move the model most, whichever way it falls (Settles, Craven and Ray 2007).',
  prepare: ({ background }) => {
    const standardise = standardiser(background);
    return ({ score, features }) => {
      // Gradient of the logistic loss is (p - y) x, so its length expected over y ~ p is 2 p (1 - p) |x|; the 1 is the constant.
      const length = Math.sqrt(1 + standardise(features).reduce((sum, value) => sum + value ** 2, 0));
      const expected = 2 * score * (1 - score) * length;
      return expected / (1 + expected);
    };
  },
};

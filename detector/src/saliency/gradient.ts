import { addGradientAt, zerosLike } from './gradientAt.ts';
import type { Saliency } from './saliency.ts';

/**
 * The gradient of logit(bad) - logit(good) by the hits of every wire (Simonyan et al., 2013). Positive: one hit more
 * would speak for bad, so dead wires come out negative. Units: logits a hit.
 */
export const gradient: Saliency = (model, chambers, { layer }) => {
  const result = chambers.map(zerosLike);
  addGradientAt(model, chambers, layer, result);
  return result;
};

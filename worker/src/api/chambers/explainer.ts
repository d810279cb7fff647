import type { ApiDeps, Explainer } from '../deps.ts';
import { Problem } from '../problem.ts';

/**
 * What can explain the scores of a model.
 *
 * @throws {Problem} 409 when that model is not loaded in this process.
 */
export function requireExplainer({ explainer }: Pick<ApiDeps, 'explainer'>, model: string): Explainer {
  if (explainer?.model() === model) return explainer;
  throw new Problem(
    409,
    'model-not-at-hand',
    `this has to be worked out by ${model}, which does not run beside this API; the stored attribution is there`,
  );
}

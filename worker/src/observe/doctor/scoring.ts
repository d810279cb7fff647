import type { Config } from '../../config/index.ts';
import { createScorer } from '@dtdqm/detector/createScorer';
import { findingOf, type Finding } from './finding.ts';

/** Which model scores, and what computes. */
export async function lookAtScoring(config: Config): Promise<Finding[]> {
  let model: string | undefined;
  const fix = 'see the message; DTDQM_MODEL_DIR names the model, DTDQM_SCORING_BACKEND what computes';
  const backend = await findingOf('backend', fix, async () => {
    const scorer = await createScorer({
      model: config.modelDirectory,
      backend: config.scoringBackend,
      threads: 1,
    });
    model = scorer.model;
    const { backendReason } = scorer;
    await scorer.close();
    return { state: 'ok', found: backendReason };
  });
  if (model === undefined) return [backend];
  return [backend, { part: 'model', state: 'ok', found: model }];
}

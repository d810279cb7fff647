import type { BackendChoice } from './backend/choice.ts';
import { defaultModelFolder } from './model/location.ts';
import type { Scorer } from './scorer.ts';
import { ScoringPool } from './threads/pool.ts';
import { validateInputs } from './validateInputs.ts';

export interface ScorerSettings {
  /** A model folder; `models/default.json` points to the one that is used otherwise. */
  model?: string | undefined;
  backend?: BackendChoice | undefined;
  /** Worker threads; each costs about 100 MB. Default 1. */
  threads?: number | undefined;
}

/**
 * Starts scoring threads with a model.
 *
 * @throws {ModelError} when the model folder cannot be used, {BackendError} when the backend asked for does not load.
 */
export async function createScorer({
  model,
  backend = 'auto',
  threads = 1,
}: ScorerSettings = {}): Promise<Scorer> {
  const folder = model ?? (await defaultModelFolder());
  const { pool, report } = await ScoringPool.start(threads, { folder, backend });
  return {
    backend: report.backend,
    backendReason: report.backendReason,
    get model() {
      return pool.model;
    },
    async score(chambers, options = {}) {
      validateInputs(chambers);
      return pool.score(chambers, options);
    },
    async steps(chamber) {
      validateInputs([chamber]);
      return pool.steps(chamber);
    },
    replaceModel: (next) => pool.replaceModel(next),
    close: () => pool.close(),
  };
}

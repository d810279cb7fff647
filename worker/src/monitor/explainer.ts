import type { ChamberOfRun, Matrix } from '@dtdqm/contract';
import type { Explainer } from '../api/deps.ts';
import { inputsInStoredRun } from '../pipeline/inputsInStoredRun.ts';
import type { Scorer } from '@dtdqm/detector/scorer';
import type { Database } from '../storage/database.ts';

/** Explains with the model that the worker beside the API scores with, given the same history as then. */
export function createExplainer(database: Database, scorer: Scorer): Explainer {
  const inputOf = async ({ run, wheel, station, sector }: ChamberOfRun, matrix: Matrix) => {
    const [input] = await inputsInStoredRun(database, run, [{ chamber: { wheel, station, sector }, matrix }]);
    return input!;
  };
  return {
    model: () => scorer.model,
    async saliency(chamber, matrix, method) {
      const [verdict] = await scorer.score([await inputOf(chamber, matrix)], { method });
      return verdict?.saliency ?? [];
    },
    steps: async (chamber, matrix) => scorer.steps(await inputOf(chamber, matrix)),
  };
}

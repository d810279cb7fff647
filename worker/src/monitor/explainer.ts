import { formatChamber, type ChamberOfRun, type Matrix } from '@dtdqm/contract';
import type { Explainer } from '../api/deps.ts';
import type { Scorer } from '../scoring/scorer.ts';
import type { Database } from '../storage/database.ts';
import { goodHistory } from '../storage/history.ts';

/** Explains with the model that the worker beside the API scores with, given the same history as then. */
export function createExplainer(database: Database, scorer: Scorer): Explainer {
  const inputOf = async ({ run, wheel, station, sector }: ChamberOfRun, matrix: Matrix) => {
    const chamber = { wheel, station, sector };
    const history = await goodHistory(database, run);
    return { chamber, matrix, history: history.get(formatChamber(chamber)) ?? [] };
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

import { isSameChamber, type ChamberOfRun, type Matrix } from '@dtdqm/contract';
import type { Explainer } from '../api/deps.ts';
import { inputsOfRun } from '../scoring/inputsOfRun.ts';
import type { Scorer } from '../scoring/scorer.ts';
import type { Database } from '../storage/database.ts';
import { goodHistory } from '../storage/history.ts';
import { matricesOf } from '../storage/reevaluation.ts';

/** Explains with the model that the worker beside the API scores with, given the same history as then. */
export function createExplainer(database: Database, scorer: Scorer): Explainer {
  const inputOf = async ({ run, wheel, station, sector }: ChamberOfRun, matrix: Matrix) => {
    const own = { chamber: { wheel, station, sector }, matrix };
    const others = (await matricesOf(database, run))
      .map(({ matrix: cells, ...chamber }) => ({ chamber, matrix: cells }))
      .filter(({ chamber }) => !isSameChamber(chamber, own.chamber));
    return inputsOfRun([own, ...others], await goodHistory(database, run))[0]!;
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

import { isSameChamber } from '@dtdqm/contract';
import { inputsOfRun, type MatrixOfChamber } from '@dtdqm/detector/inputsOfRun';
import type { ScorerInput } from '@dtdqm/detector/scorer';
import type { Queryable } from '../storage/database.ts';
import { goodHistory } from '../storage/history.ts';
import { matricesOf } from '../storage/reevaluation.ts';

/**
 * Inputs for some chambers of a stored run, in their order, with the past that the pipeline would give them: the run's other
 * chambers tell how long the runs were.
 *
 * @param chambers with the matrices to be judged, which need not be those that are stored now.
 */
export async function inputsInStoredRun(
  db: Queryable,
  run: number,
  chambers: readonly MatrixOfChamber[],
): Promise<ScorerInput[]> {
  const others = (await matricesOf(db, run))
    .map(({ matrix, ...chamber }) => ({ chamber, matrix }))
    .filter((stored) => !chambers.some(({ chamber }) => isSameChamber(chamber, stored.chamber)));
  return inputsOfRun([...chambers, ...others], await goodHistory(db, run)).slice(0, chambers.length);
}

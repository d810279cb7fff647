import { chamberLabel, type ChamberData, type ChamberOfRun } from '@dtdqm/contract';
import { getChamberData, listChambers } from '../../storage/chambers.ts';
import type { Queryable } from '../../storage/database.ts';
import { chamberEvaluation } from '../../storage/labels/original/evaluation.ts';
import { getRun } from '../../storage/runs.ts';
import { notFound } from '../problem.ts';

/**
 * One chamber with the scores of the run's model and what experts said of it.
 *
 * @throws {Problem} 404 that says what is missing: the run, the chamber at the source, or its scores.
 */
export async function loadChamber(db: Queryable, chamber: ChamberOfRun): Promise<ChamberData> {
  const data = await getChamberData(db, chamber.run, chamber);
  if (data === null) throw notFound(await whyMissing(db, chamber));
  const evaluation = await chamberEvaluation(db, chamber);
  return evaluation === undefined ? data : { ...data, evaluation };
}

async function whyMissing(db: Queryable, chamber: ChamberOfRun): Promise<string> {
  const run = await getRun(db, chamber.run);
  if (run === null) return `run ${chamber.run} is not stored`;
  const states = await listChambers(db, chamber.run);
  if (states.length === 0) return `run ${chamber.run} has not been stored yet, its status is ${run.status}`;
  const state = states.find(
    ({ wheel, station, sector }) =>
      wheel === chamber.wheel && station === chamber.station && sector === chamber.sector,
  );
  const name = `run ${chamber.run}, ${chamberLabel(chamber)}`;
  if (state?.reason) return `${name} is not there: ${state.reason}`;
  return `${name} has no scores yet`;
}

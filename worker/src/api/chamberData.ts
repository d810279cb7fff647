import {
  chamberLabel,
  type ChamberData,
  type ChamberOfRun,
  type ChamberId,
  type ChamberHistory,
  type ChamberScores,
  type Fault,
  type Verdict,
} from '@dtdqm/contract';
import { getChamberData, listChambers } from '../storage/chambers.ts';
import type { Queryable } from '../storage/database.ts';
import { chamberEvaluation } from '../storage/labels/original.ts';
import { getRun } from '../storage/runs.ts';
import { notFound } from './problem.ts';

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

/** What a chamber's data follow from: run stored, model, events of its labels. Two index look-ups. */
export async function chamberVersion(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
): Promise<(string | number | null)[]> {
  const { rows } = await db.query<{ stored: string; model: string | null; labels: number }>(
    `select updated_at::text as stored, model,
            (select coalesce(max(version), 0) from label_event e
             where e.run = $1 and e.wheel = $2 and e.station = $3 and e.sector = $4 and e.span_to is null) as labels
     from run where run = $1`,
    [run, wheel, station, sector],
  );
  const found = rows[0];
  return found === undefined ? [] : [run, wheel, station, sector, found.stored, found.model, found.labels];
}

/** Of finished runs, the chamber that is most worth a look: something is wrong with it, but not with all of it. */
export async function findInterestingChamber(
  db: Queryable,
  run: number,
): Promise<(ChamberId & { badLayers: number }) | null> {
  const { rows } = await db.query<ChamberId & { badLayers: number }>(
    `select wheel, station, sector, bad_layers as "badLayers"
     from reporting.chambers
     where run = $1 and state = 'present' and model is not null
     order by bad_layers between 1 and 4 desc, worst_score desc, wheel, station, sector
     limit 1`,
    [run],
  );
  return rows[0] ?? null;
}

interface ScoresRow {
  model: string;
  current: boolean;
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
}

/** What every model said of a chamber, the most recently registered first; empty when nothing is stored. */
export async function scoresByModel(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
): Promise<ChamberScores['models']> {
  const { rows } = await db.query<ScoresRow>(
    `select s.model, s.model = r.model as current, s.scores, s.verdicts::text[], s.faults
     from run r
     join chamber_score s using (run)
     join model m on m.name = s.model
     where s.run = $1 and s.wheel = $2 and s.station = $3 and s.sector = $4
     order by m.registered_at desc, s.model`,
    [run, wheel, station, sector],
  );
  return rows;
}

/** The chamber's scores in runs up to the one given, newest first; runs without it are left out. */
export async function scoresByRun(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
  limit: number,
): Promise<ChamberHistory['runs']> {
  const { rows } = await db.query<ChamberHistory['runs'][number]>(
    `select r.run, s.scores, s.verdicts::text[], chamber_condition('present', s.verdicts, s.faults) as condition
     from run r
     join chamber_score s
       on s.run = r.run and s.wheel = $2 and s.station = $3 and s.sector = $4 and s.model = r.model
     where r.run <= $1
     order by r.run desc
     limit $5`,
    [run, wheel, station, sector, limit],
  );
  return rows;
}

import type { ChamberId, Matrix } from '@dtdqm/contract';
import type { ChamberVerdict } from '@dtdqm/detector/scorer';
import type { Queryable } from './database.ts';
import { arrayLiteral, quantise } from './encoding.ts';

export interface ScoredChamber extends ChamberId, ChamberVerdict {
  matrix: Matrix;
}

/** Stores what one model says of chambers of a run whose matrices are stored, replacing what it said before. */
export async function saveScores(
  db: Queryable,
  run: number,
  model: string,
  chambers: readonly ScoredChamber[],
): Promise<void> {
  const saliency = chambers.map((chamber) => quantise(chamber.saliency, chamber.matrix));
  await db.query(
    `insert into chamber_score (run, wheel, station, sector, model, scores, verdicts, faults, saliency_scale, saliency)
     select $1, wheel, station, sector, $2, scores::real[], verdicts::verdict[], faults::jsonb, scale, saliency::smallint[]
     from unnest($3::smallint[], $4::smallint[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::real[], $10::text[])
       as scored (wheel, station, sector, scores, verdicts, faults, scale, saliency)
     on conflict (run, wheel, station, sector, model) do update set
       scores = excluded.scores, verdicts = excluded.verdicts, faults = excluded.faults,
       saliency_scale = excluded.saliency_scale, saliency = excluded.saliency`,
    [
      run,
      model,
      chambers.map(({ wheel }) => wheel),
      chambers.map(({ station }) => station),
      chambers.map(({ sector }) => sector),
      // PostgreSQL refuses what is too small for a real; rounded first, it is 0.
      chambers.map(({ scores }) => arrayLiteral(scores.map(Math.fround))),
      chambers.map(({ verdicts }) => arrayLiteral(verdicts)),
      chambers.map(({ faults }) => JSON.stringify(faults)),
      saliency.map(({ scale }) => scale),
      saliency.map(({ values }) => arrayLiteral(values)),
    ],
  );
}

/** Models that have scored the run, most recently registered first; `run.model` says whose scores are current. */
export async function modelsOfRun(db: Queryable, run: number): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select name from model
     where exists (select from chamber_score s where s.run = $1 and s.model = model.name)
     order by registered_at desc, name`,
    [run],
  );
  return rows.map(({ name }) => name);
}

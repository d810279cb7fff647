import type { ChamberId, Matrix } from '@dtdqm/contract';
import { transaction, type Database, type Queryable } from './database.ts';
import { unflatten } from './encoding.ts';
import { saveScores, type ScoredChamber } from './scores.ts';

/**
 * Marks runs for another look by the model in use; what can be read now stays readable.
 *
 * @param runs which ones; all finished runs that another model scored when absent.
 * @returns the runs that were marked.
 */
export async function requestReevaluation(
  db: Queryable,
  { model, runs }: { model?: string; runs?: readonly number[] },
): Promise<number[]> {
  const { rows } = await db.query<{ run: number }>(
    `update run set status = 'PENDING_REEVALUATION', updated_at = now()
     where status = 'FINISHED' and lease_until is null
       and ($1::text is null or model is distinct from $1)
       and ($2::integer[] is null or run = any($2))
     returning run`,
    [model, runs],
  );
  return rows.map(({ run }) => run).sort((a, b) => b - a);
}

/** Matrices of a run as stored, by wheel, station, sector. */
export async function matricesOf(db: Queryable, run: number): Promise<(ChamberId & { matrix: Matrix })[]> {
  const { rows } = await db.query<ChamberId & { hits: number[] }>(
    `select wheel, station, sector, to_json(hits) as hits from chamber
     where run = $1 and state = 'present'
     order by wheel, station, sector`,
    [run],
  );
  return rows.map(({ hits, ...chamber }) => ({ ...chamber, matrix: unflatten(hits) }));
}

/**
 * Makes a model's scores the current ones of a run, in one transaction; scores of other models stay.
 *
 * @returns false when the worker has lost the run: nothing is stored then.
 */
export async function saveReevaluation(
  database: Database,
  { run, model, chambers }: { run: number; model: string; chambers: readonly ScoredChamber[] },
  owner: string,
): Promise<boolean> {
  return transaction(database, async (client) => {
    const badLayers = chambers
      .flatMap(({ verdicts }) => verdicts)
      .filter((verdict) => verdict === 'bad').length;
    const { rowCount } = await client.query(
      `update run set status = 'FINISHED', model = $3, bad_layers = $4, lost_workers = 0, lease_owner = null,
                      lease_until = null, updated_at = now()
       where run = $1 and lease_owner = $2`,
      [run, owner, model, badLayers],
    );
    if (rowCount !== 1) return false;
    await saveScores(client, run, model, chambers);
    return true;
  });
}

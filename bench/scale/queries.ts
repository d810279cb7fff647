import type { Database } from '@dtdqm/worker/storage/database';
import { getChamberData, listChambers } from '@dtdqm/worker/storage/chambers';
import { goodHistory } from '@dtdqm/worker/storage/history';
import { waitingRuns } from '@dtdqm/worker/storage/leases';
import { finishedRuns, listRuns } from '@dtdqm/worker/storage/runs';

const chamber = { wheel: 1, station: 2, sector: 7 } as const;

/** What pages, panels and workers ask most. The run in the middle of all is taken, so that it is not the newest in the cache. */
export const queries: Record<string, (database: Database) => Promise<unknown>> = {
  'list of runs': (db) => listRuns(db),
  'list of finished runs': (db) => finishedRuns(db),
  'chambers of a run': async (db) => listChambers(db, await middleRun(db)),
  'one chamber with matrix and saliency': async (db) => getChamberData(db, await middleRun(db), chamber),
  'history for scoring a run': async (db) => goodHistory(db, await middleRun(db)),
  'work left undone': (db) => waitingRuns(db),
  'statuses of all runs': (db) => db.query('select status, count(*) from run group by status'),
  'bad layers of the last 50 runs': (db) =>
    db.query(`select * from reporting.run_summaries order by run desc limit 50`),
  'one layer through 200 runs': (db) =>
    db.query(
      `select run, score from reporting.layer_scores where wheel = 1 and station = 2 and sector = 7 and layer = 9
       and run > (select max(run) - 200 from run)`,
    ),
};

async function middleRun(db: Database): Promise<number> {
  const { rows } = await db.query<{ run: number }>('select (max(run) / 2 + 1)::integer as run from run');
  return rows[0]?.run ?? 1;
}

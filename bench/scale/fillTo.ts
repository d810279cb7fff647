import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import type { Database } from '@dtdqm/worker/storage/database';
import { multiplyRuns } from './multiplyRuns.ts';

export interface Filled {
  /** Copied inside PostgreSQL. */
  runsPerSecond: number;
  /** Taken into the ledger of incidents, one after the other. */
  ledgerRunsPerSecond: number;
}

/**
 * Makes it so many runs with all that belongs to them: matrices, scores with saliency, summaries, places in the queue, incidents,
 * and four labels a run; nothing when it is so already. They end now and lie 40 minutes apart, so that a dashboard of 30 days shows the newest 1,080.
 */
export async function fillTo(database: Database, runs: number): Promise<Filled | null> {
  const copying = performance.now();
  const added = await multiplyRuns(database, runs);
  // Filled before: dated anew, every run would be new to the ledger.
  if (added === 0) return null;
  const runsPerSecond = (1000 * added) / (performance.now() - copying);
  await database.query(queue);
  await database.query(labels);
  await database.query(
    `update run set fetched_at = now() - ((select max(run) from run) - run) * interval '40 minutes',
                    created_at = now() - ((select max(run) from run) - run) * interval '40 minutes'`,
  );
  const taking = performance.now();
  await updateIncidents(database);
  const ledgerRunsPerSecond = (1000 * runs) / (performance.now() - taking);
  await database.query('vacuum analyze');
  // In real life runs come over months: nothing of the filling may be left to write.
  await database.query('checkpoint');
  return { runsPerSecond, ledgerRunsPerSecond };
}

const queue = `
  insert into queue (run, wheel, station, sector, certainty, twin, twin_rank, focus, score, priority, features)
  select run, wheel, station, sector, (1 - m) / 2, concat_ws('/', wheel, station, sector), run, 1, (1 + m) / 2,
         random() / run, array(select random()::real from generate_series(1, 7) where run > 0)
  from chamber c cross join lateral (select random() as m where run > 0) as drawn
  where not exists (select from queue q where q.run = c.run)`;

/** Two chambers a run, by two experts each. */
const labels = `
  insert into label_event (run, wheel, station, sector, expert, kind, version, verdicts, idempotency_key, request_hash, at, model)
  select r.run, c.wheel, c.station, c.sector, 'expert ' || expert, 'label', expert,
         array(select case when c.station = 4 and layer between 5 and 8 then null
                           when (r.run + layer + c.sector) % 40 = 0 then 'bad' else 'good' end::label_verdict
               from generate_series(1, 12) as layer order by layer),
         concat_ws('/', r.run, c.wheel, c.station, c.sector, expert), '', now() - random() * interval '30 days', r.model
  from run r
  join chamber c on c.run = r.run and c.wheel = r.run % 5 - 2 and c.station = 1 + r.run % 4 and c.sector in (1 + r.run % 6, 7 + r.run % 6)
  cross join generate_series(1, 2) as expert
  where not exists (select from label_event l where l.run = r.run)`;

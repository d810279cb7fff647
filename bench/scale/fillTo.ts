import { pino } from 'pino';
import { SimulatedDetector } from '@dtdqm/simulator/sources';
import { startSimulator } from '@dtdqm/simulator/server';
import { createScorer } from '@dtdqm/detector';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { transaction, type Database, type Queryable } from '@dtdqm/worker/storage/database';

export interface Filled {
  /** Copied inside PostgreSQL. */
  runsPerSecond: number;
  /** Taken into the ledger of incidents, one after the other. */
  ledgerRunsPerSecond: number;
}

/**
 * Makes it so many runs, ten of them fetched, scored and stored as ever and the others copies of these, with all that belongs to them: matrices, scores with saliency, summaries, places in the queue, incidents,
 * and two labels for each of `labelled` chambers a run; nothing when it is so already. They end now and lie 40 minutes apart, so that a dashboard of 30 days shows the newest 1,080.
 */
export async function fillTo(database: Database, runs: number, labelled = 2): Promise<Filled | null> {
  await fillTemplates(database);
  const copying = performance.now();
  const added = await multiplyRuns(database, runs);
  // Filled before: dated anew, every run would be new to the ledger.
  if (added === 0) return null;
  const runsPerSecond = (1000 * added) / (performance.now() - copying);
  await database.query(queue);
  await database.query(labels, [labelled]);
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

/** So many chambers a run, by two experts each. */
const labels = `
  insert into label_event (run, wheel, station, sector, expert, kind, version, verdicts, idempotency_key, request_hash, at, model)
  select r.run, c.wheel, c.station, c.sector, 'expert ' || expert, 'label', expert,
         array(select case when c.station = 4 and layer between 5 and 8 then null
                           when (r.run + layer + c.sector) % 40 = 0 then 'bad' else 'good' end::label_verdict
               from generate_series(1, 12) as layer order by layer),
         concat_ws('/', r.run, c.wheel, c.station, c.sector, expert), '', now() - random() * interval '30 days', r.model
  from run r
  cross join lateral (
    select * from chamber c where c.run = r.run order by (c.wheel * 7919 + c.station * 104729 + c.sector * 1299709 + r.run * 31) % 1009 limit $1
  ) as c
  cross join generate_series(1, 2) as expert
  where not exists (select from label_event l where l.run = r.run)`;

const templates = 10;

/** Fetches, scores and stores runs 1 to 10, of which all others are copies; nothing when they are there. */
async function fillTemplates(database: Database): Promise<void> {
  const { rows } = await database.query<{ stored: number }>('select count(*)::integer as stored from run');
  if ((rows[0]?.stored ?? 0) >= templates) return;
  const simulator = await startSimulator({ source: new SimulatedDetector({ runs: templates, firstRun: 1 }) });
  const source = createDqmClient({ url: simulator.url, dialect: 'classic' });
  const scorer = await createScorer();
  const log = pino({ level: 'silent' });
  const pipeline = createPipeline({ database, source, scorer, log, query: { dataset: 'Global/Online/ALL' } });
  for (let run = 1; run <= templates; run++) await pipeline.fetchNow(run);
  await pipeline.stop();
  await scorer.close();
  await source.close();
  await simulator.close();
}

/** Copies the stored runs under new numbers until there are so many. @returns how many were added. */
async function multiplyRuns(database: Database, runs: number): Promise<number> {
  const { rows } = await database.query<{ stored: number; templates: number }>(
    `select count(*)::integer as stored, least(10, count(*))::integer as templates from run`,
  );
  const { stored = 0, templates = 1 } = rows[0] ?? {};
  // In batches, so that no statement grows with the number of runs.
  for (let first = stored + 1; first <= runs; first += templates) {
    const count = Math.min(templates, runs - first + 1);
    // In one transaction: a run is summarised at its end, when its scores are there.
    await transaction(database, async (client) => {
      for (const table of ['run', 'chamber', 'chamber_score']) await copy(client, table, first - 1, count);
    });
  }
  return Math.max(0, runs - stored);

  async function copy(client: Queryable, table: string, offset: number, count: number): Promise<void> {
    const columns = await columnsOf(table);
    const others = columns.filter((column) => column !== 'run').join(', ');
    await client.query(
      `insert into ${table} (run, ${others}) select run + $1, ${others} from ${table} where run <= $2`,
      [offset, count],
    );
  }

  async function columnsOf(table: string): Promise<string[]> {
    const found = await database.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
      [table],
    );
    return found.rows.map(({ name }) => name);
  }
}

import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { allChambers } from '@dtdqm/contract';
import { createScorer } from '@dtdqm/detector';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { discover } from '@dtdqm/worker/pipeline/discover';
import { PipelineEvents, type PipelineContext } from '@dtdqm/worker/pipeline/events';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { ingestRun } from '@dtdqm/worker/pipeline/ingest';
import { defaultLifeRule } from '@dtdqm/worker/pipeline/runLife';
import { openDatabase } from '@dtdqm/worker/storage/database';
import { claimJob } from '@dtdqm/worker/storage/jobs';
import { registerModel, unknownHash } from '@dtdqm/worker/storage/models';

/** What a worker has used so far. */
export interface Used {
  processorMs: number;
  residentMB: number;
  /** After a collection, which is not counted. */
  heapMB: number;
}

/**
 * A worker for day.ts in a process of its own, which may be killed: `dayWorker.ts DATABASE_URL DQM_URL CHAMBERS`. Each message is the time, in ms
 * since 1970: it looks for runs, looks at those that are due, brings the incidents up to date, and says what it has used so far.
 */
const [databaseUrl = '', dqmUrl = '', oneIn = '1'] = process.argv.slice(2);
let clock = 0;
const log = pino({ level: 'error' });
const database = await openDatabase({ url: databaseUrl, log });
const scorer = await createScorer();
const context: PipelineContext = {
  ...{ database, log, scorer, lifeRule: defaultLifeRule, events: new PipelineEvents() },
  source: createDqmClient({
    ...{ url: dqmUrl, dialect: 'new', requestsPerSecond: 5000, burst: 500 },
    now: () => clock,
  }),
  chambers: allChambers.filter((_, index) => index % Number(oneIn) === 0),
};
const { signal } = new AbortController();
await registerModel(database, { name: scorer.model, hash: unknownHash });
let collections = 0;

async function work(now: number): Promise<Used> {
  clock = now;
  await discover(context, { query: { dataset: 'Global/Online/ALL' } }, signal);
  for (let job = await claimJob(database, randomUUID()); job; job = await claimJob(database, randomUUID()))
    await ingestRun(context, job, signal);
  await updateIncidents(database);
  const { user, system } = process.cpuUsage();
  const processorMs = (user + system) / 1000 - collections;
  const residentMB = process.memoryUsage.rss() / 1e6;
  globalThis.gc?.();
  const after = process.cpuUsage();
  collections += (after.user + after.system - user - system) / 1000;
  return { processorMs, residentMB, heapMB: process.memoryUsage().heapUsed / 1e6 };
}

process.on('disconnect', () => process.exit());
process.on('message', (now: number) => void work(now).then((used) => process.send?.(used)));
process.send?.('started');

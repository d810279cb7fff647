import { pino } from 'pino';
import { createScorer } from '@dtdqm/detector';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { startIncidentUpdates } from '@dtdqm/worker/pipeline/incidents';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { defaultLifeRule, type LifeRule } from '@dtdqm/worker/pipeline/runLife';
import { openDatabase } from '@dtdqm/worker/storage/database';

/** What a worker has used so far. */
export interface Used {
  processorMs: number;
  residentMB: number;
  /** After a collection. */
  heapMB: number;
}

/**
 * A worker for day.ts in a process of its own, which may be killed: `dayWorker.ts DATABASE_URL DQM_URL SPEED`. All times of a run's life are so many
 * times as short. Answers any message with what it has used.
 */
const [databaseUrl = '', dqmUrl = '', speedText = '1'] = process.argv.slice(2);
const speed = Number(speedText);
const log = pino({ level: 'error' });
const database = await openDatabase({ url: databaseUrl, log });
const lifeRule = Object.fromEntries(
  Object.entries(defaultLifeRule).map(([name, seconds]: [string, number]) => [name, seconds / speed]),
) as unknown as LifeRule;
const pipeline = createPipeline({
  ...{ database, log, lifeRule, query: { dataset: 'Global/Online/ALL' } },
  source: createDqmClient({ url: dqmUrl, dialect: 'new', requestsPerSecond: 5000, burst: 500 }),
  scorer: await createScorer(),
});
startIncidentUpdates({ database, log, events: pipeline.events });
await pipeline.start();
// The schedule looks for new runs every minute.
setInterval(() => pipeline.discoverNow(), 60_000 / speed);
process.on('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const residentMB = process.memoryUsage.rss() / 1e6;
  globalThis.gc?.();
  const heapMB = process.memoryUsage().heapUsed / 1e6;
  process.send?.({ processorMs: (user + system) / 1000, residentMB, heapMB } satisfies Used);
});
process.send?.('started');

import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { openDatabase } from '@dtdqm/worker/storage/database';
import { ruleScorer } from './ruleScorer.ts';

/** A worker in a process of its own, for tests that kill it: `workerProcess.ts DATABASE_URL DQM_URL`. */
const [databaseUrl = '', dqmUrl = ''] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const worker = createPipeline({
  database: await openDatabase({ url: databaseUrl, log }),
  source: createDqmClient({ url: dqmUrl, dialect: 'classic' }),
  scorer: ruleScorer(),
  log,
  query: { dataset: 'Global/Online/ALL' },
});
worker.events.on('event', (event) => process.send?.(event));
await worker.start();

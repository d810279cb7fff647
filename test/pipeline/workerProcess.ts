import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { keepQueue } from '@dtdqm/worker/learning/queue/keepQueue';
import { keepIncidents } from '@dtdqm/worker/pipeline/incidents';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { openDatabase } from '@dtdqm/worker/storage/database';
import { ruleScorer } from './ruleScorer.ts';

/**
 * A worker in a process of its own, for tests that kill it: `workerProcess.ts DATABASE_URL DQM_URL [keepers]`, where `keepers`
 * adds those of the queue to label and of the incident ledger.
 */
const [databaseUrl = '', dqmUrl = '', keepers] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const database = await openDatabase({ url: databaseUrl, log });
const worker = createPipeline({
  database,
  source: createDqmClient({ url: dqmUrl, dialect: 'classic' }),
  scorer: ruleScorer(),
  log,
  query: { dataset: 'Global/Online/ALL' },
});
worker.events.on('event', (event) => process.send?.(event));
if (keepers === 'keepers') {
  keepIncidents({ database, log, events: worker.events, everyMs: 500 });
  keepQueue({ database, log, everyMs: 500 });
}
await worker.start();

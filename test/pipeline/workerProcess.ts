import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { queueRefresher } from '@dtdqm/worker/learning/queue/queueRefresher';
import { startIncidentUpdates } from '@dtdqm/worker/pipeline/incidents';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { openDatabase } from '@dtdqm/worker/storage/database';
import { poison } from './poison.ts';
import { ruleScorer } from './ruleScorer.ts';

/**
 * A worker in a process of its own, for tests that kill it: `workerProcess.ts DATABASE_URL DQM_URL [keepers] [frail]`, where
 * `keepers` adds those of the queue to label and of the incident ledger, and one that is `frail` ends without a word at a wire
 * with `poison` hits. The message `stop` stops it in order.
 */
const [databaseUrl = '', dqmUrl = '', ...words] = process.argv.slice(2);
const scorer = ruleScorer();
const frail: typeof scorer = {
  ...scorer,
  score(chambers) {
    const isPoison = chambers.some(({ matrix }) => matrix.some((row) => row.includes(poison)));
    if (isPoison) process.kill(process.pid, 'SIGKILL');
    return scorer.score(chambers);
  },
};
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const database = await openDatabase({ url: databaseUrl, log });
const worker = createPipeline({
  database,
  source: createDqmClient({ url: dqmUrl, dialect: 'classic' }),
  scorer: words.includes('frail') ? frail : scorer,
  log,
  query: { dataset: 'Global/Online/ALL' },
});
worker.events.on('event', (event) => process.send?.(event));
if (words.includes('keepers')) {
  startIncidentUpdates({ database, log, events: worker.events, everyMs: 500 });
  queueRefresher({ database, log, everyMs: 500 });
}
process.on('message', (message) => {
  if (message === 'stop') void worker.stop().then(() => process.exit());
});
await worker.start();

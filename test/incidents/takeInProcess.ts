import { takeInRuns } from '@dtdqm/worker/pipeline/incidents';
import { openDatabase } from '@dtdqm/worker/storage/database';

/** Takes runs into the ledger in a process of its own, for a test that kills it: `takeInProcess.ts DATABASE_URL`. */
const [url = ''] = process.argv.slice(2);
const database = await openDatabase({ url, log: { warn: () => undefined } });
await takeInRuns(database);
await database.end();

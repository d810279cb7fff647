import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { openDatabase } from '@dtdqm/worker/storage/database';

/** Takes runs into the ledger in a process of its own, for a test that kills it: `updateProcess.ts DATABASE_URL`. */
const [url = ''] = process.argv.slice(2);
const database = await openDatabase({ url, log: { warn: () => undefined } });
await updateIncidents(database);
await database.end();

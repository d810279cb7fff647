import { pino } from 'pino';
import { createApp } from '@dtdqm/worker/api/app';
import { openPort } from '@dtdqm/worker/api/server';
import { createMetrics } from '@dtdqm/worker/observe/metrics';
import { openStorage } from '@dtdqm/worker/storage/storage';

/** The API in a process of its own, as it is deployed; told by its parent which database to use. */
const [url = '', token = ''] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const storage = await openStorage({ databaseUrl: url, dataDirectory: '', log, connections: 20 });
const port = await openPort('127.0.0.1', 0);
const { koa } = createApp({
  database: storage.database,
  databaseUrl: url,
  control: { enqueue: () => Promise.resolve(), reevaluate: () => Promise.resolve([]) },
  config: {
    databaseConnections: 20,
    apiToken: token,
    apiRequestsPerMinute: 10_000_000,
    grafanaUrl: undefined,
    grafanaIssuer: undefined,
    grafanaAudience: '',
    strategy: undefined,
    aggregator: undefined,
    auditShare: 0.1,
    dqmDataset: 'Global/Online/ALL',
    modelDirectory: undefined,
  },
  log,
  metrics: createMetrics(storage.database),
});
port.serve(koa.callback());
process.send?.(port.url);
process.once('disconnect', () => process.exit(0));

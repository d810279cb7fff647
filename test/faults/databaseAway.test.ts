import { afterEach, beforeEach, expect, test } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { startSimulator, type Simulator } from '@dtdqm/simulator/server';
import { openDatabase, type Database } from '@dtdqm/worker/storage/database';
import { MemorySource } from '../pipeline/memorySource.ts';
import { ask, startApi } from './rig/apiProcess.ts';
import { createTestCluster, type Cluster } from './rig/cluster.ts';
import { contentOf } from './rig/content.ts';
import { finished } from './rig/rig.ts';
import { isLong, report, sized } from './rig/size.ts';
import { startWorker, type WorkerProcess } from './rig/workers.ts';

const runs = sized(2, 30);
const stops = sized(2, 10);

let cluster: Cluster;
let simulator: Simulator;
let database: Database;
beforeEach(async () => {
  cluster = await createTestCluster();
  const source = new MemorySource();
  for (let run = 1; run <= runs; run++) source.set(run);
  simulator = await startSimulator({ source });
  database = await openDatabase({ url: cluster.url, log: { warn: () => undefined } });
});
afterEach(async () => {
  await database.end();
  await simulator.close();
  await cluster.remove();
});

test(
  'PostgreSQL that is stopped, or crashes, and comes back costs only time',
  { timeout: 900_000 },
  async () => {
    const worker = startWorker(cluster.url, simulator.url);
    let heir: WorkerProcess | undefined;
    const api = await startApi(cluster.url);
    try {
      let slowest = 0;
      for (let stop = 0; stop < stops; stop++) {
        await delay(500 + Math.random() * 1500);
        await cluster.stop(stop % 2 === 0 ? 'fast' : 'immediate');
        const refused = await ask(`${api.url}/api/v1/runs`);
        expect(refused).toMatchObject({ status: 503, id: 'database-unavailable' });
        expect(Number(refused.retryAfter)).toBeGreaterThan(0);
        expect(await ask(`${api.url}/healthz/ready`)).toMatchObject({ status: 503 });
        expect(await ask(`${api.url}/healthz/live`)).toMatchObject({ status: 200 });
        slowest = Math.max(slowest, refused.seconds);
        await cluster.start();
        expect(await ask(`${api.url}/healthz/ready`)).toMatchObject({ status: 200 });
      }
      expect(worker.process.exitCode).toBeNull();
      if (!isLong) {
        // Spares us the time until the lease of a run runs out whose return could not be written down.
        await worker.kill();
        await database.query('update run set lease_until = now() where lease_until is not null');
        heir = startWorker(cluster.url, simulator.url);
      }
      await finished(database, runs);
      expect(await ask(`${api.url}/api/v1/runs`)).toMatchObject({ status: 200 });
      expect((await contentOf(database))['chamber']?.rows).toBe(250 * runs);
      report('PostgreSQL stopped and started', { stops, runs, slowestRefusalSeconds: slowest });
    } finally {
      await worker.kill();
      await heir?.kill();
      await api.kill();
    }
  },
);

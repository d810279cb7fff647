import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFile, rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { startSimulator, type Simulator } from '@dtdqm/simulator/server';
import { openDatabase } from '@dtdqm/worker/storage/database';
import { MemorySource } from '../pipeline/memorySource.ts';
import { ask, startApi } from './rig/apiProcess.ts';
import { createTestCluster, smallFileSystem, type Cluster } from './rig/cluster.ts';
import { contentOf } from './rig/content.ts';
import { finished } from './rig/rig.ts';
import { report } from './rig/size.ts';
import { startWorker } from './rig/workers.ts';

let simulator: Simulator;
beforeEach(async () => {
  const source = new MemorySource();
  for (const run of [1, 2]) source.set(run);
  simulator = await startSimulator({ source });
});
afterEach(() => simulator.close());

const quiet = { warn: () => undefined };

test('a server whose connections are all taken makes the API say so, and worker and API go on afterwards', async () => {
  const settings = { max_connections: '12', superuser_reserved_connections: '0', reserved_connections: '0' };
  const cluster = await createTestCluster({ settings });
  const api = await startApi(cluster.url, { DTDQM_DATABASE_CONNECTIONS: '3' });
  const greedy: pg.Client[] = [];
  const take = async () => {
    const client = new pg.Client({ connectionString: cluster.url });
    client.on('error', () => undefined);
    await client.connect();
    greedy.push(client);
  };
  let worker: ReturnType<typeof startWorker> | undefined;
  try {
    while (
      await take().then(
        () => true,
        () => false,
      )
    );
    // The API's own connections are in use by somebody else's long transaction, as far as it can tell.
    await greedy[0]?.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dtdqm'`,
    );
    while (
      await take().then(
        () => true,
        () => false,
      )
    );
    const refused = await ask(`${api.url}/api/v1/runs`);
    expect(refused).toMatchObject({ status: 503, id: 'database-unavailable' });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    await Promise.all(greedy.splice(0).map((client) => client.end()));
    expect(await ask(`${api.url}/api/v1/runs`)).toMatchObject({ status: 200 });
    worker = startWorker(cluster.url, simulator.url);
    const database = await openDatabase({ url: cluster.url, log: quiet, connections: 2 });
    await finished(database, 2);
    await database.end();
    report('connections exhausted', { refusalSeconds: refused.seconds });
  } finally {
    await worker?.kill();
    await Promise.all(greedy.map((client) => client.end()));
    await api.kill();
    await cluster.remove();
  }
}, 120_000);

test('a disk that is full stops runs from being stored, harms nothing, and work goes on once there is room', async (context) => {
  const small = await smallFileSystem(300);
  // Mounting needs root; elsewhere there is no way to fill a disk without filling everybody's.
  if (small === undefined) return context.skip('needs the right to mount a tmpfs');
  let cluster: Cluster | undefined;
  let worker: ReturnType<typeof startWorker> | undefined;
  const ballast = path.join(small.directory, 'ballast');
  try {
    cluster = await createTestCluster({
      parent: small.directory,
      settings: { shared_buffers: '16MB', max_wal_size: '64MB', min_wal_size: '32MB' },
    });
    const database = await openDatabase({ url: cluster.url, log: quiet, connections: 2 });
    worker = startWorker(cluster.url, simulator.url);
    await finished(database, 1);
    await fill(ballast);
    // Something large cannot be written now, and says so in words of its own.
    const error: unknown = await database
      .query('create table too_large as select repeat(md5(n::text), 10) from generate_series(1, 200000) n')
      .catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/No space left on device|could not extend|terminat/i);
    await rm(ballast);
    await worker.kill();
    await cluster.start().catch(() => undefined);
    await database.query('update run set lease_until = now() where lease_until is not null');
    worker = startWorker(cluster.url, simulator.url);
    await finished(database, 2);
    expect((await contentOf(database))['chamber']?.rows).toBe(500);
    await database.end();
  } finally {
    await worker?.kill();
    await cluster?.stop('immediate').catch(() => undefined);
    await small.unmount();
  }
}, 180_000);

/** Writes until nothing more fits. */
async function fill(file: string): Promise<void> {
  const megabyte = Buffer.alloc(1 << 20);
  try {
    for (;;) await writeFile(file, megabyte, { flag: 'a' });
  } catch {
    return;
  }
}

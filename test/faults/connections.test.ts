import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseUnavailable } from '@dtdqm/worker/storage/connectionErrors';
import { openDatabase, transaction } from '@dtdqm/worker/storage/database';
import { finished, openRig, type FaultRig } from './rig/rig.ts';
import { report, sized } from './rig/size.ts';
import { startTcpProxy, type TcpProxy } from './rig/tcpProxy.ts';
import { startWorker } from './rig/workers.ts';

const runs = sized(3, 20);
let rig: FaultRig;
let proxy: TcpProxy;
beforeEach(async () => {
  rig = await openRig(runs);
  proxy = await startTcpProxy(rig.databaseUrl);
});
afterEach(async () => {
  await proxy.close();
  await rig.close();
});

describe('a worker whose connections to the database', () => {
  test('are cut again and again finishes every run, in the same process', async () => {
    const worker = startWorker(proxy.through(rig.databaseUrl), rig.simulator.url);
    try {
      for (let cut = 0; cut < sized(4, 30); cut++) {
        await delay(300 + Math.random() * 700);
        proxy.cut();
      }
      await finished(rig.database, runs);
      expect(worker.process.exitCode).toBeNull();
      const { byRun } = rig.simulator.requests();
      report('connections cut', {
        cuts: sized(4, 30),
        runs,
        requestsPerRun: Math.max(...Object.values(byRun)),
      });
    } finally {
      await worker.kill();
    }
  });
});

describe('a statement on a connection that is half-open', () => {
  test('fails in bounded time, and the next one goes over another connection', async () => {
    const log = { warn: () => undefined };
    const url = proxy.through(rig.databaseUrl);
    const database = await openDatabase({ url, log, statementTimeoutMs: 100 });
    try {
      proxy.freeze();
      const stuck = transaction(database, (client) => client.query('select 1'));
      const error: unknown = await stuck.catch((reason: unknown) => reason);
      expect(isDatabaseUnavailable(error)).toBe(true);
      proxy.thaw();
      expect((await database.query('select 1')).rowCount).toBe(1);
    } finally {
      await database.end();
    }
  });
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { getRun } from '@dtdqm/worker/storage/runs';
import { openRig, type FaultRig } from '../faults/rig/rig.ts';
import { startWorker, type WorkerProcess } from '../faults/rig/workers.ts';
import { hostileReplies, startHostileServer, target, type HostileServer } from './hostileServer.ts';
import { formatChamber } from '@dtdqm/contract';

const cases = Object.entries(hostileReplies);
/** Asks for nothing hostile: what the others must not harm. */
const honestRun = cases.length + 1;

let rig: FaultRig;
let server: HostileServer;
let worker: WorkerProcess;
beforeEach(async () => {
  rig = await openRig(honestRun);
  server = await startHostileServer(rig.simulator.url);
  worker = startWorker(rig.databaseUrl, server.url, undefined, { memoryMegabytes: 250 });
});
afterEach(async () => {
  await worker.kill();
  await server.close();
  await rig.close();
});

test('a hostile DQM server spoils the runs that it lies about, each for its own reason, and nothing else', async () => {
  const outcome = async () => {
    const found = await Promise.all(cases.map((_, index) => getRun(rig.database, index + 1)));
    return Object.fromEntries(
      cases.map(([name, { says }], index) => {
        const { status, error } = found[index] ?? { status: 'not yet', error: null };
        const isTold = error?.includes(formatChamber(target)) && says.test(error);
        return [name, isTold ? 'told' : `${status} ${error?.slice(0, 200)}`];
      }),
    );
  };
  await expect
    .poll(outcome, { timeout: 150_000, interval: 500 })
    .toEqual(Object.fromEntries(cases.map(([name]) => [name, 'told'])));
  expect(await getRun(rig.database, honestRun)).toMatchObject({ status: 'FINISHED', chambers: 250 });
  // The same worker did all of it.
  expect(worker.process.exitCode).toBeNull();
  expect(worker.process.signalCode).toBeNull();
});

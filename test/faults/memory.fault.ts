import { mean } from '@dtdqm/contract/numbers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { seedRuns } from '../../bench/api/seed.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { startApi, type ApiProcess } from './rig/apiProcess.ts';
import { startLoad } from './rig/load.ts';
import { report } from './rig/size.ts';

/** `FAULTS_MINUTES=3 npm run test:faults memory` for a first look. */
const minutes = Number(process.env['FAULTS_MINUTES'] ?? 30);
const everyMs = 5000;

/** More than a full shift of experts asks for, and little enough to leave the machine to others for half an hour. */
const perSecond = 25;

let storage: TestDatabase;
let api: ApiProcess;
beforeAll(async () => {
  storage = await createTestDatabase();
  await seedRuns(storage.database, 400);
  api = await startApi(storage.url);
});
afterAll(async () => {
  await api.kill();
  await storage.drop();
});

test(`memory stays flat over ${minutes} minutes of work`, async () => {
  const load = startLoad(api.url, { connections: 2, seconds: minutes * 60, perSecond });
  const samples: { minute: number; resident: number; heap: number }[] = [];
  const started = performance.now();
  while (performance.now() - started < minutes * 60_000 - everyMs) {
    await delay(everyMs);
    const text = await (await fetch(`${api.url}/metrics`)).text();
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]) / 1e6;
    samples.push({
      minute: (performance.now() - started) / 60_000,
      resident: value('process_resident_memory_bytes'),
      heap: value('nodejs_heap_size_used_bytes'),
    });
  }
  await load.result;
  // The first third warms up: code is compiled, pools fill.
  const steady = samples.slice(Math.floor(samples.length / 3));
  const residentSlope = slope(steady.map(({ minute, resident }) => [minute, resident]));
  const heapSlope = slope(steady.map(({ minute, heap }) => [minute, heap]));
  report('memory of the API', {
    minutes,
    perSecond,
    requests: (await load.result).requests.total,
    residentMB: { first: samples[0]?.resident, last: samples.at(-1)?.resident, perMinute: residentSlope },
    heapMB: { first: samples[0]?.heap, last: samples.at(-1)?.heap, perMinute: heapSlope },
  });
  expect(samples.at(-1)?.resident).toBeLessThan(400);
  if (minutes >= 30) expect(heapSlope).toBeLessThan(0.5);
});

/** Least squares. */
function slope(points: readonly [number, number][]): number {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

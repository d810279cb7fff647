import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { seedRuns } from '../../bench/api/seed.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { startApi, type ApiProcess } from './rig/apiProcess.ts';
import { startLoad } from './rig/load.ts';
import { report, sized } from './rig/size.ts';

const connections = sized(10, 50);
const seconds = sized(3, 60);

let storage: TestDatabase;
let api: ApiProcess;
beforeEach(async () => {
  storage = await createTestDatabase();
  await seedRuns(storage.database, sized(20, 400));
  api = await startApi(storage.url);
});
afterEach(async () => {
  await api.kill();
  await storage.drop();
});

async function storedKeys(): Promise<Set<string>> {
  const { rows } = await storage.database.query<{ key: string }>(
    'select idempotency_key as key from label_event',
  );
  return new Set(rows.map(({ key }) => key));
}

test(
  `${connections} connections that label, read and export at once see no error`,
  { timeout: 300_000 },
  async () => {
    const load = startLoad(api.url, { connections, seconds });
    const { errors, timeouts, non2xx, latency, requests } = await load.result;
    expect({ errors, timeouts, non2xx }).toEqual({ errors: 0, timeouts: 0, non2xx: 0 });
    expect(load.acknowledged.size).toBeGreaterThan(0);
    const stored = await storedKeys();
    expect([...load.acknowledged].filter((key) => !stored.has(key))).toEqual([]);
    report('API under load', {
      connections,
      seconds,
      requests: requests.total,
      perSecond: requests.mean,
      p50Ms: latency.p50,
      p99Ms: latency.p99,
      labels: stored.size,
      errors,
    });
  },
);

test(
  'an API that is stopped under load ends in order and has stored every label that it confirmed',
  { timeout: 120_000 },
  async () => {
    const load = startLoad(api.url, { connections, seconds: 30 });
    await vi.waitUntil(() => load.acknowledged.size >= 20, { timeout: 30_000 });
    api.process.kill('SIGTERM');
    expect(await api.ended).toBe(0);
    load.stop();
    await load.result;
    expect(load.acknowledged.size).toBeGreaterThan(0);
    const stored = await storedKeys();
    expect([...load.acknowledged].filter((key) => !stored.has(key))).toEqual([]);
    report('API stopped under load', { confirmed: load.acknowledged.size, lost: 0 });
  },
);

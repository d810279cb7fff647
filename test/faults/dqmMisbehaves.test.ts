import { mean } from '@dtdqm/contract/numbers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSimulator, type Rule, type Simulator } from '@dtdqm/simulator/server';
import { createDqmClient, type DqmClientOptions } from '@dtdqm/worker/dqm/client';
import { createPipeline, type Pipeline } from '@dtdqm/worker/pipeline/pipeline';
import { getRun } from '@dtdqm/worker/storage/runs';
import { MemorySource } from '../pipeline/memorySource.ts';
import { ruleScorer } from '../pipeline/ruleScorer.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { isLong, part, report } from './rig/size.ts';

const runs = isLong ? 1000 : 4;
const attempts = 3;
/** Client, server and database share this process and the machine: a busy one pauses for a second now and then. */
const timeoutMs = isLong ? 4000 : 1000;

/** What happens to one chamber of a run for good, and the words that must stand in the run's error; null is FINISHED. */
const troubles: [Rule['action'] | undefined, RegExp | null][] = [
  [undefined, null],
  [{ do: 'delay', ms: 5 }, null],
  [{ do: 'missing' }, null],
  [{ do: 'unsupported-type' }, null],
  [{ do: 'grow', start: 100 }, null],
  [{ do: 'reset' }, /reset|closed|connection/i],
  [{ do: 'stall' }, /no (complete )?answer|time|within/i],
  [{ do: 'status', status: 429, retryAfterSeconds: 0 }, /overload|429/i],
  [{ do: 'status', status: 500 }, /500/],
  [{ do: 'status', status: 403 }, /403|not allowed|authori|access/i],
  [{ do: 'truncated-json' }, /JSON/],
  [{ do: 'invalid-json' }, /JSON/],
  [{ do: 'nan' }, /nan|JSON|number/i],
  [{ do: 'inf', layer: 12 }, /inf|number/i],
  [{ do: 'login-page' }, /web page/],
  [{ do: 'redirect', to: 'https://login.example' }, /login|redirect/i],
  [{ do: 'interrupted' }, /interrupted/],
  [{ do: 'exception' }, /RuntimeError/],
  [{ do: 'wrong-shape' }, /row/],
  [{ do: 'wrong-shape', ragged: true }, /row/],
  [{ do: 'gzip-bomb', megabytes: 32 }, /large|bytes|MiB|MB/i],
];

/** Every one in turn, not in the order of the list, so that a few runs already have several kinds. */
function troubleOf(run: number): (typeof troubles)[number] {
  return troubles[(run * 8) % troubles.length] ?? [undefined, null];
}

const chamber = 'W1_St2_Sec7';
const mine = part(Array.from({ length: runs }, (_, index) => index + 1));
let simulator: Simulator;
let storage: TestDatabase;
let stop: () => Promise<void>;

/** A client of the simulator, hurried along, and a pipeline over it. */
function work(options: Partial<DqmClientOptions>): Pipeline {
  const client = createDqmClient({
    url: simulator.url,
    dialect: 'classic',
    requestsPerSecond: 10_000,
    ...options,
  });
  const worker = createPipeline({
    database: storage.database,
    source: client,
    scorer: ruleScorer(),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    query: { dataset: 'Global/Online/ALL' },
  });
  stop = async () => {
    await worker.stop();
    await client.close();
  };
  return worker;
}

beforeEach(async () => {
  const source = new MemorySource();
  for (let run = 1; run <= runs; run++) source.set(run);
  const rules = Array.from({ length: runs }, (_, index): Rule[] => {
    const action = troubleOf(index + 1)[0];
    return action === undefined ? [] : [{ run: index + 1, chamber, action }];
  }).flat();
  // Passing trouble on top of it, everywhere, one request in fifty.
  const passing: Rule = {
    probability: 0.02,
    countPerAddress: 1,
    action: { do: 'status', status: 503, retryAfterSeconds: 0 },
  };
  simulator = await startSimulator({ source, rules: [...rules, passing] });
  storage = await createTestDatabase();
});
afterEach(async () => {
  await stop();
  await simulator.close();
  await storage.drop();
});

test(
  `${mine.length} runs, each with a trouble of its own, end FINISHED or ERROR with the true reason`,
  { timeout: 3_600_000 },
  async () => {
    const worker = work({ attempts, timeoutMs, backOffMs: 5 });
    const wrong: string[] = [];
    for (const run of mine) {
      await worker.fetchNow(run);
      const stored = await getRun(storage.database, run);
      const [action, reason] = troubleOf(run);
      const fits =
        reason === null
          ? stored?.status === 'FINISHED'
          : stored?.status === 'ERROR' && stored.error?.includes(chamber) && reason?.test(stored.error);
      if (!fits) wrong.push(`${action?.do ?? 'nothing'}: ${stored?.status} ${stored?.error}`);
    }
    expect(wrong).toEqual([]);
    const { byRun, byPath } = simulator.requests();
    const perRun = Object.entries(byRun).flatMap(([run, requests]) => (run === 'listing' ? [] : [requests]));
    expect(Math.max(...Object.values(byPath))).toBeLessThanOrEqual(attempts);
    report('DQM server misbehaving', {
      runs: mine.length,
      first: mine[0],
      attempts,
      requestsPerRun: {
        mean: mean(perRun),
        greatest: Math.max(...perRun),
      },
      greatestPerChamber: Math.max(...Object.values(byPath)),
    });
  },
);

test('a server that is down is left alone, and found again by itself', async () => {
  simulator.misbehaviour.replace([{ action: { do: 'status', status: 502 } }]);
  const worker = work({ attempts: 2, backOffMs: 1, circuitFailures: 20, circuitOpenMs: 300 });
  simulator.forgetRequests();
  expect(await worker.fetchNow(1)).toBe('failed');
  const asked = simulator.requests().total;
  // 16 requests may be under way when the circuit opens.
  expect(asked).toBeLessThanOrEqual(20 + 16);
  expect((await getRun(storage.database, 1))?.error).toMatch(/502|keeps failing/);
  simulator.misbehaviour.replace([]);
  await expect.poll(() => worker.fetchNow(1), { timeout: 20_000, interval: 200 }).toBe('stored');
  await expect
    .poll(async () => (await worker.fetchNow(1), (await getRun(storage.database, 1))?.status), {
      timeout: 20_000,
    })
    .toBe('FINISHED');
  report('circuit breaker', { requestsToADeadServer: asked, ofAtMost: 500 });
});

test('runs that wait while a server is left alone are not called errors', async () => {
  simulator.misbehaviour.replace([{ action: { do: 'status', status: 502 } }]);
  const worker = work({ attempts: 1, circuitFailures: 20, circuitOpenMs: 600_000 });
  expect(await worker.fetchNow(1)).toBe('failed');
  simulator.forgetRequests();
  const impatient = new AbortController();
  const second = worker.fetchNow(2, impatient.signal);
  expect(await worker.reevaluate()).toEqual([]);
  impatient.abort();
  await expect(second).rejects.toThrow(/abort/i);
  expect(await getRun(storage.database, 2)).toBeNull();
  expect(simulator.requests().total).toBe(0);
});

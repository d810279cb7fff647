import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allChambers } from '@dtdqm/contract';
import type { MemorySource } from '../pipeline/memorySource.ts';
import { queueRuns, verdictsOf } from '../labels/labelled.ts';
import { startApi, type ApiProcess } from './rig/apiProcess.ts';
import { openBlocker, type Blocker } from './rig/blocker.ts';
import { contentOf } from './rig/content.ts';
import { finished, openRig, requestsOfRun, type FaultRig } from './rig/rig.ts';
import { report, sized } from './rig/size.ts';
import { startTcpProxy, type TcpProxy } from './rig/tcpProxy.ts';
import { startWorker, type WorkerProcess } from './rig/workers.ts';

const deadlock = '40P01';
const notSerialisable = '40001';

let source: MemorySource;
let rig: FaultRig;
let proxy: TcpProxy;
let api: ApiProcess | undefined;
let blocker: Blocker | undefined;
const workers: WorkerProcess[] = [];
async function open(runs: number): Promise<void> {
  rig = await openRig(runs, (given) => (source = given));
  proxy = await startTcpProxy(rig.databaseUrl);
}
afterEach(async () => {
  await blocker?.end();
  blocker = undefined;
  await Promise.all(workers.splice(0).map((worker) => worker.kill()));
  await api?.kill();
  api = undefined;
  await proxy.close();
  await rig.close();
});

async function administrate(setting: string): Promise<void> {
  const { pathname } = new URL(rig.databaseUrl);
  await rig.database.query(`alter database "${pathname.slice(1)}" set ${setting}`);
}

function work(keepers = false): WorkerProcess {
  const worker = startWorker(proxy.through(rig.databaseUrl), rig.simulator.url, undefined, { keepers });
  workers.push(worker);
  return worker;
}

const postLabel = async (run: number, index: number, key: string): Promise<Response> => {
  const chamber = allChambers[index];
  return fetch(`${api?.url}/api/v1/labels`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      run,
      ...chamber,
      verdicts: verdictsOf(chamber?.station ?? 1),
      idempotencyKey: key,
    }),
  });
};

async function storedKeys(): Promise<string[]> {
  const { rows } = await rig.database.query<{ key: string }>(
    'select idempotency_key as key from label_event order by 1',
  );
  return rows.map(({ key }) => key);
}

describe('two transactions that wait for each other, of which PostgreSQL ends ours,', () => {
  beforeEach(async () => {
    await open(2);
    await administrate(`deadlock_timeout = '2s'`);
  });

  test('cost a worker another try at storing, not another fetch', { timeout: 120_000 }, async () => {
    work();
    await finished(rig.database, 2);
    await workers.splice(0)[0]?.kill();
    source.set(2, 77);
    blocker = await openBlocker(rig.databaseUrl);
    await blocker.query('select from chamber where run = 2 for update');
    await rig.database.query(
      `update run set look_at = now(), fetched_at = now() - interval '1 hour' where run = 2`,
    );
    rig.simulator.forgetRequests();
    work();
    // The worker has locked the row of the run by then, and wants its chambers.
    await blocker.isWaitedFor();
    await blocker.query('select from run where run = 2 for update');
    await blocker.query('rollback');
    await expect
      .poll(
        async () =>
          (
            await rig.database.query(
              `select from run where run = 2 and fetched_at > now() - interval '10 minutes'`,
            )
          ).rowCount,
        { timeout: 60_000 },
      )
      .toBe(1);
    expect(proxy.answered(deadlock)).toBe(1);
    expect(rig.simulator.requests().byRun['2']).toBe(requestsOfRun);
  });

  test('cost the API time, and the label is stored once', { timeout: 120_000 }, async () => {
    await queueRuns(rig.database, 1);
    api = await startApi(proxy.through(rig.databaseUrl));
    blocker = await openBlocker(rig.databaseUrl);
    await blocker.query('select from queue where run = 1 for update');
    const answer = postLabel(1, 5, 'key-deadlock');
    // The label waits for its chamber's place in the queue, and holds the journal.
    await blocker.isWaitedFor();
    await blocker.query('lock table label_event in share row exclusive mode');
    await blocker.query('rollback');
    expect((await answer).status).toBe(201);
    expect(proxy.answered(deadlock)).toBe(1);
    expect(await storedKeys()).toEqual(['key-deadlock']);
  });
});

test('a transaction that always loses is tried 25 times, then the API asks to come back later', async () => {
  await open(1);
  await queueRuns(rig.database, 1);
  // A sequence counts on where a transaction is rolled back.
  await rig.database.query(
    `create sequence tries;
     create function lose() returns trigger language plpgsql as
       $$begin perform nextval('tries'); raise exception 'somebody else won' using errcode = '${notSerialisable}'; end$$;
     create trigger lose before insert on label_event for each row execute function lose()`,
  );
  api = await startApi(rig.databaseUrl);
  const answer = await postLabel(1, 5, 'key-loser');
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  const { rows } = await rig.database.query('select last_value::integer as tries from tries');
  expect(rows).toEqual([{ tries: 25 }]);
  expect(await storedKeys()).toEqual([]);
});

describe('a database that ends whatever is not serialisable', () => {
  test(
    'stores every run and every label once, whoever works at the same time',
    { timeout: 900_000 },
    async () => {
      const runs = sized(3, 30);
      await open(runs);
      await administrate(`default_transaction_isolation = 'serializable'`);
      api = await startApi(proxy.through(rig.databaseUrl));
      for (let count = 0; count < 2; count++) work(true);
      await finished(rig.database, 1);
      // Experts who label the same chambers, so that their events meet.
      const keys: string[] = [];
      const statuses = new Map<number, number>();
      const expert = async (name: number) => {
        for (let label = 0; label < sized(8, 60); label++) {
          const key = `key-${name}-${String(label).padStart(4, '0')}`;
          for (;;) {
            const { status } = await postLabel(runs, label % 4, key);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (status === 503) continue;
            expect(status).toBe(201);
            break;
          }
          keys.push(key);
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, name) => expert(name)));
      await finished(rig.database, runs);
      expect(await storedKeys()).toEqual(keys.sort());
      const { rows } = await rig.database.query<{ holes: number }>(
        `select count(*)::integer as holes from (
           select version, row_number() over (partition by run, wheel, station, sector order by version) as place
           from label_event) as numbered
         where version <> place`,
      );
      expect(rows[0]?.holes).toBe(0);
      expect((await contentOf(rig.database))['chamber']?.rows).toBe(250 * runs);
      const conflicts = proxy.answered(notSerialisable) + proxy.answered(deadlock);
      expect(conflicts).toBeGreaterThan(0);
      report('transactions that were not serialisable', {
        conflicts,
        runs,
        labels: keys.length,
        answers: Object.fromEntries(statuses),
      });
    },
  );
});

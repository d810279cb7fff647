import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { getChamberData } from '@dtdqm/worker/storage/chambers';
import { claimRun } from '@dtdqm/worker/storage/jobs';
import { deleteRun, getRun, listRuns } from '@dtdqm/worker/storage/runs';
import { abandon } from '../postgres/abandon.ts';
import { putClockBack } from '../postgres/putClockBack.ts';
import { modelsOfRun } from '../postgres/database.ts';
import { ruleScorer } from './ruleScorer.ts';
import { dataset, eventOf, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const chamber = { wheel: 0, station: 1, sector: 1 } as const;

async function statuses() {
  const { runs } = await listRuns(bench.database);
  return runs.map(({ run, status, life }) => ({ run, status, life }));
}

test('every run of the source is pulled at start, newest first, and none is over at first sight', async () => {
  for (const run of [21, 22, 23]) bench.source.set(run);
  const worker = bench.worker();
  const order: number[] = [];
  worker.events.on('event', (event) => event.type === 'stored' && order.push(event.run));
  const last = eventOf(worker, 'stored', ({ run }) => run === 21);
  await worker.start();
  await last;
  expect(order).toEqual([23, 22, 21]);
  // Those that were judged before the older ones came are judged again meanwhile.
  expect((await statuses()).map(({ run, life }) => [run, life])).toEqual([
    [23, 'growing'],
    [22, 'settling'],
    [21, 'settling'],
  ]);
});

test('two workers share the runs and fetch none twice', async () => {
  for (const run of [1, 2, 3, 4]) bench.source.set(run);
  const workers = [bench.worker(), bench.worker()];
  const stored = new Promise<number[]>((resolve) => {
    const runs: number[] = [];
    for (const { events } of workers) {
      events.on('event', (event) => event.type === 'stored' && runs.push(event.run) === 4 && resolve(runs));
    }
  });
  await Promise.all(workers.map((worker) => worker.start()));
  expect([...(await stored)].sort()).toEqual([1, 2, 3, 4]);
  const { byRun } = bench.simulator.requests();
  // 250 histograms, when it began, and how far it has come.
  expect(byRun).toMatchObject({ '1': 251, '2': 251, '3': 251, '4': 251 });
});

test('a run is not fetched again by discovery before its time', async () => {
  bench.source.set(1).set(2);
  const worker = bench.worker({ lifeRule: { growingSeconds: 3600 } });
  const last = eventOf(worker, 'stored', ({ run }) => run === 1);
  await worker.start();
  await last;
  bench.source.set(3);
  const found = eventOf(worker, 'discovered');
  worker.discoverNow();
  expect(await found).toMatchObject({ runs: [3] });
});

test('a clock that is put back keeps no worker from asking for runs, and from looking at those in progress', async () => {
  bench.source.set(1);
  const worker = bench.worker();
  const first = eventOf(worker, 'stored');
  await worker.start();
  await first;
  await putClockBack(bench.database, 1);
  bench.source.set(2);
  const found = eventOf(worker, 'discovered', ({ runs }) => runs.includes(2));
  const again = eventOf(worker, 'unchanged', ({ run }) => run === 1);
  worker.discoverNow();
  await found;
  await again;
});

test('a growing run is fetched again when its time has come, until it is over', async () => {
  bench.source.set(1);
  const worker = bench.worker({ lifeRule: { growingSeconds: 0, silenceSeconds: 0 } });
  const first = eventOf(worker, 'stored');
  await worker.start();
  await first;
  const again = eventOf(worker, 'unchanged');
  worker.discoverNow();
  expect(await again).toMatchObject({ run: 1, closed: true });
});

test('a deleted run stays away until somebody asks for it', async () => {
  bench.source.set(1).set(2);
  const worker = bench.worker();
  const first = eventOf(worker, 'stored', ({ run }) => run === 1);
  await worker.start();
  await first;
  expect(await deleteRun(bench.database, 1)).toBe(250);
  bench.source.set(3);
  const found = eventOf(worker, 'discovered');
  worker.discoverNow();
  expect(await found).toMatchObject({ runs: [3] });
  const asked = eventOf(worker, 'stored', ({ run }) => run === 1);
  await worker.enqueue(1);
  await asked;
  expect(await getRun(bench.database, 1)).toMatchObject({ status: 'FINISHED' });
});

describe('a run whose worker is gone', () => {
  test('is taken up by the next worker once its lease is over', async () => {
    await claimRun(bench.database, { run: 7, dataset }, randomUUID());
    await abandon(bench.database, 7);
    bench.source.set(7);
    const worker = bench.worker({ query: { dataset, firstRun: 1000 } });
    const stored = eventOf(worker, 'stored');
    await worker.start();
    expect(await stored).toMatchObject({ run: 7 });
  });

  test('is left alone while its lease lasts', async () => {
    await claimRun(bench.database, { run: 7, dataset }, randomUUID());
    bench.source.set(7).set(8);
    expect(await bench.worker().fetchNow(7)).toBe('not-needed');
    const worker = bench.worker();
    const found = eventOf(worker, 'discovered');
    await worker.start();
    expect(await found).toMatchObject({ runs: [8] });
  });

  test('is given back by a worker that stops, and nothing of it is visible', async () => {
    bench.source.set(7);
    bench.simulator.misbehaviour.replace([{ chamber: 'W2_St4_Sec14', action: { do: 'stall' } }]);
    const worker = bench.worker();
    const almost = eventOf(worker, 'fetching', ({ done }) => done === 249);
    await worker.start();
    await almost;
    await worker.stop();
    expect(await getRun(bench.database, 7)).toMatchObject({ status: 'LOADING', chambers: 0 });
    expect(await getChamberData(bench.database, 7, chamber)).toBeNull();
    bench.simulator.misbehaviour.replace([]);
    const next = bench.worker();
    const stored = eventOf(next, 'stored');
    await next.start();
    expect(await stored).toMatchObject({ run: 7, status: 'FINISHED' });
  });
});

test('a run that the database fails again and again does not keep the others waiting', async () => {
  bench.source.set(1).set(2).set(3);
  await bench.database.query(
    `create function too_slow() returns trigger language plpgsql as $$
     begin raise exception 'canceling statement due to statement timeout' using errcode = '57014'; end $$;
     create trigger slow before insert on chamber for each row when (new.run = 3) execute function too_slow()`,
  );
  const worker = bench.worker();
  const stored = Promise.all([1, 2].map((each) => eventOf(worker, 'stored', ({ run }) => run === each)));
  await worker.start();
  await stored;
  const slow = eventOf(worker, 'stored', ({ run }) => run === 3);
  await bench.database.query('drop trigger slow on chamber');
  await slow;
});

describe('re-evaluation', () => {
  test('puts the new scores in place and keeps the old ones', async () => {
    bench.source.set(1).set(2);
    const old = bench.worker();
    await old.fetchNow(1);
    await old.fetchNow(2);
    const worker = bench.worker({
      scorer: ruleScorer('empty-wires@2.0.0'),
      query: { dataset, firstRun: 1000 },
    });
    const done = eventOf(worker, 'reevaluated', ({ run }) => run === 1);
    await worker.start();
    expect(await worker.reevaluate()).toEqual([2, 1]);
    await done;
    expect(await getRun(bench.database, 1)).toMatchObject({ status: 'FINISHED', model: 'empty-wires@2.0.0' });
    expect(await modelsOfRun(bench.database, 1)).toEqual(['empty-wires@2.0.0', 'empty-wires@1.0.0']);
    expect(await getChamberData(bench.database, 1, chamber)).toMatchObject({ model: 'empty-wires@2.0.0' });
    expect(await worker.reevaluate()).toEqual([]);
  });

  test('that was cut short is taken up again, and the old scores are readable meanwhile', async () => {
    bench.source.set(1);
    await bench.worker().fetchNow(1);
    await bench.database.query(
      `update run set status = 'REEVALUATING', lease_owner = gen_random_uuid(), lease_until = now() - interval '1 second'`,
    );
    expect(await getChamberData(bench.database, 1, chamber)).toMatchObject({ model: 'empty-wires@1.0.0' });
    const worker = bench.worker({
      scorer: ruleScorer('empty-wires@2.0.0'),
      query: { dataset, firstRun: 1000 },
    });
    const done = eventOf(worker, 'reevaluated');
    await worker.start();
    expect(await done).toMatchObject({ run: 1, model: 'empty-wires@2.0.0' });
  });
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { once } from 'node:events';
import { createRunRequests } from '@dtdqm/worker/pipeline/pipeline';
import { mostLostWorkers, requestReevaluation } from '@dtdqm/worker/storage/jobs';
import { getRun } from '@dtdqm/worker/storage/runs';
import { poison } from '../pipeline/poison.ts';
import { finished, openRig, type FaultRig } from './rig/rig.ts';
import { isLong, report } from './rig/size.ts';
import type { WorkerProcess } from './rig/workers.ts';

const runs = 3;
/** The newest, which every worker takes first. */
const bad = 3;
const chamber = { wheel: 1, station: 2, sector: 7 } as const;
const givenUp = {
  status: 'ERROR',
  error: expect.stringMatching(/^given up: 5 workers in a row ended without a word/) as string,
};

let rig: FaultRig;
beforeEach(async () => {
  rig = await openRig(runs, (source) => {
    const matrix = source.chamber(bad, chamber) ?? [];
    source.override(bad, chamber, [[poison, ...(matrix[0] ?? []).slice(1)], ...matrix.slice(1)]);
  });
});
afterEach(() => rig.close());

const startFrail = () => rig.worker(undefined, { frail: true });

/** Starts workers in turn until one lives long enough for `end`. @returns how many the run took with it. */
async function feed(end: () => Promise<boolean>): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    const worker = startFrail();
    const death = once(worker.process, 'exit').then(() => true);
    const isDead = await Promise.race([death, until(end)]);
    if (!isDead) {
      await worker.kill();
      return deaths;
    }
    await rig.database.query('update run set lease_until = now() where lease_until is not null');
  }
}

async function until(end: () => Promise<boolean>): Promise<false> {
  while (!(await end())) await rig.database.query('select pg_sleep(0.1)');
  return false;
}

async function attemptsOf(run: number): Promise<number | undefined> {
  const { rows } = await rig.database.query<{ attempts: number }>('select attempts from run where run = $1', [
    run,
  ]);
  return rows[0]?.attempts;
}

const statusOf = async (run: number) => (await getRun(rig.database, run))?.status;

test('a run that ends whoever scores it is an ERROR after five workers, and holds nobody up', async () => {
  if (!isLong) {
    // Spares us three deaths that are like the first.
    const first = startFrail();
    await once(first.process, 'exit');
    await rig.database.query('update run set lost_workers = 4, lease_until = now() where run = $1', [bad]);
  }
  // Both while the worker lives: it judges run 2 again once run 1 is there, and is killed amid that now and then.
  const deaths = await feed(
    async () => (await statusOf(1)) === 'FINISHED' && (await statusOf(2)) === 'FINISHED',
  );
  expect(deaths).toBe(isLong ? mostLostWorkers : 1);
  expect(await getRun(rig.database, bad)).toMatchObject(givenUp);

  // Who asks for it by hand gets one more try, and no more.
  const requests = createRunRequests(rig.database, 'Global/Online/ALL');
  await requests.enqueue(bad);
  const more = await feed(
    async () => (await getRun(rig.database, bad))?.error?.startsWith('given up: 6') ?? false,
  );
  expect(more).toBe(1);
  report('a run that ends its workers', { deaths: isLong ? deaths : 'counted up', runs });
});

test.runIf(isLong)(
  'a re-evaluation that does so is given up too, and the run stays readable',
  async () => {
    const healthy: WorkerProcess = rig.worker();
    await finished(rig.database, runs);
    await healthy.kill();
    await requestReevaluation(rig.database, { runs: [bad] });
    await rig.database.query('update run set lost_workers = 4 where run = $1', [bad]);
    await feed(async () => (await statusOf(bad)) === 'ERROR');
    expect(await getRun(rig.database, bad)).toMatchObject({ ...givenUp, chambers: 250 });
  },
  120_000,
);

test('workers that are stopped in order do not count against the run that they had in hand', async () => {
  rig.simulator.misbehaviour.replace([{ run: bad, action: { do: 'stall' } }]);
  for (let stop = 0; stop < 2; stop++) {
    const worker = rig.worker();
    await until(async () => (await attemptsOf(bad)) === stop + 1);
    const exited = once(worker.process, 'exit');
    worker.process.send('stop');
    await exited;
  }
  const { rows } = await rig.database.query('select lost_workers, attempts from run where run = $1', [bad]);
  expect(rows).toEqual([{ lost_workers: 0, attempts: 2 }]);
});

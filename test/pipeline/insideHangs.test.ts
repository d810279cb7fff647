import { afterEach, beforeEach, expect, test } from 'vitest';
import { allChambers, formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import type { OccupancySource } from '@dtdqm/worker/dqm/source';
import { sumOfBoth } from '@dtdqm/worker/pipeline/snapshots';
import { unpackMatrix } from '@dtdqm/worker/storage/packedMatrix';
import { getRun } from '@dtdqm/worker/storage/runs';
import { letTimePass } from './letTimePass.ts';
import { eventOf, openWorkbench, type Workbench } from './workbench.ts';

const run = 10;
const hanging = allChambers.filter(({ wheel }) => wheel === 2);
const answering = allChambers.filter(({ wheel }) => wheel !== 2);

let bench: Workbench;
const sources: OccupancySource[] = [];
beforeEach(async () => {
  bench = await openWorkbench();
  bench.source.set(run);
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
  await bench.close();
});

/** A worker whose requests end after so long. */
function openWorker(timeoutMs: number) {
  const source = createDqmClient({
    ...{ url: bench.simulator.url, timeoutMs, attempts: 1, requestsPerSecond: 5000 },
    // All that hang at once, and no more: the circuit is not what this is about.
    ...{ dialect: 'classic', concurrency: 64, circuitFailures: 1000 },
  });
  sources.push(source);
  return bench.worker({ source });
}

const hang = (chamber = 'W2_*') =>
  bench.simulator.misbehaviour.replace([{ chamber, action: { do: 'stall' } }]);
const answerAgain = () => bench.simulator.misbehaviour.replace([]);

async function slicesOf({ wheel, station, sector }: ChamberId) {
  const { rows } = await bench.database.query<{ look: number; from: number; counts: Buffer }>(
    'select look, from_look as from, counts from chamber_slice where run = $1 and (wheel, station, sector) = ($2, $3, $4) order by look',
    [run, wheel, station, sector],
  );
  return rows;
}

const spans = async (chamber: ChamberId) => (await slicesOf(chamber)).map(({ from, look }) => [from, look]);

async function sumOfSlices(chamber: ChamberId): Promise<Matrix> {
  return (await slicesOf(chamber)).map(({ counts }) => unpackMatrix(counts)).reduce(sumOfBoth);
}

test('a server that hangs amid a look ends it at the time-out; the next one takes the difference over both, and nothing twice', async () => {
  const worker = openWorker(5000);
  await worker.fetchNow(run);
  bench.source.set(run, run, 3);
  hang();
  await worker.fetchNow(run);
  expect(await getRun(bench.database, run)).toMatchObject({ status: 'ERROR', life: 'error' });
  expect((await getRun(bench.database, run))!.error).toMatch(
    /^50 of 250 chambers could not be fetched: .*W2/,
  );
  expect(await spans(answering[0]!)).toEqual([
    [0, 1],
    [1, 2],
  ]);
  expect(await spans(hanging[0]!)).toEqual([[0, 1]]);

  bench.source.set(run, run, 7);
  answerAgain();
  await worker.fetchNow(run);
  expect(await spans(answering[0]!)).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  // It begins where the one before ended, two looks ago.
  expect(await spans(hanging[0]!)).toEqual([
    [0, 1],
    [1, 3],
  ]);
  for (const chamber of [answering[7]!, hanging[7]!, hanging.at(-1)!])
    expect(await sumOfSlices(chamber)).toEqual(bench.source.chamber(run, chamber));
  const { rows } = await bench.database.query(
    'select wheel, count(*)::integer as slices from chamber_slice where run = $1 group by wheel order by wheel',
    [run],
  );
  expect(rows).toEqual([-2, -1, 0, 1, 2].map((wheel) => ({ wheel, slices: wheel === 2 ? 100 : 150 })));
  expect(await getRun(bench.database, run)).toMatchObject({
    status: 'FINISHED',
    life: 'growing',
    error: null,
  });
});

test('while it hangs it is told that nobody has looked at the run', async () => {
  const worker = openWorker(60_000);
  await worker.fetchNow(run);
  bench.source.set(run, run, 2);
  hang();
  const answered = eventOf(worker, 'fetching', ({ done }) => done === answering.length);
  const look = worker.fetchNow(run);
  await answered;
  const overdue = async () => (await bench.database.query('select run from reporting.overdue_looks')).rows;
  const doubts = async () =>
    (await bench.database.query<{ doubts: string[] }>('select doubts from reporting.detector_state()'))
      .rows[0]!.doubts;
  expect(await overdue()).toEqual([]);
  await letTimePass(bench.database, 400);
  expect(await overdue()).toEqual([{ run }]);
  expect(await doubts()).toContainEqual(
    expect.stringMatching(/^run 10 is in progress, and nobody has looked at it for \d min$/),
  );
  // Its requests are given up, and the look ends.
  await sources[0]!.close();
  await look;
  expect(await overdue()).toEqual([]);
  expect(await spans(answering[0]!)).toEqual([
    [0, 1],
    [1, 2],
  ]);
  expect(await spans(hanging[0]!)).toEqual([[0, 1]]);
});

test('a server that answers nothing at all leaves what is had of the inside as it was', async () => {
  const worker = openWorker(20_000);
  await worker.fetchNow(run);
  bench.source.set(run, run, 2);
  hang('*');
  expect(await openWorker(200).fetchNow(run)).toBe('failed');
  expect((await getRun(bench.database, run))!.error).toMatch(/^250 of 250 chambers could not be fetched/);
  answerAgain();
  bench.source.set(run, run, 4);
  await worker.fetchNow(run);
  for (const chamber of [answering[3]!, hanging[3]!]) {
    expect(await spans(chamber)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(await sumOfSlices(chamber)).toEqual(bench.source.chamber(run, chamber));
  }
  expect(formatChamber(hanging[3]!)).toMatch(/^W2/);
});

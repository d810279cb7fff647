import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatChamber, type Matrix } from '@dtdqm/contract';
import { getChamberData, listChambers } from '@dtdqm/worker/storage/chambers';
import { deleteRun, getRun } from '@dtdqm/worker/storage/runs';
import { openWorkbench, type Workbench } from './workbench.ts';
import { ruleScorer } from './ruleScorer.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const chamber = { wheel: 1, station: 2, sector: 7 } as const;
const key = formatChamber(chamber);

function deadLayer(matrix: Matrix, layer: number): Matrix {
  return matrix.map((row, index) => (index === layer - 1 ? row.map((hits) => Math.min(hits, 0)) : row));
}

describe('a run pulled from the DQM server', () => {
  test('stands in the database as the server has it, scored', async () => {
    const healthy = bench.source.set(10).chamber(10, chamber) as Matrix;
    const matrix = deadLayer(healthy, 9);
    bench.source.override(10, chamber, matrix);
    expect(await bench.worker().fetchNow(10)).toBe('stored');
    expect(await getRun(bench.database, 10)).toMatchObject({
      status: 'FINISHED',
      chambers: 250,
      badLayers: 1,
    });
    const data = await getChamberData(bench.database, 10, chamber);
    expect(data?.matrix).toEqual(matrix);
    expect(data?.scores[8]).toBe(1);
    expect(data?.verdicts?.[8]).toBe('bad');
    expect(data?.saliency).toEqual(
      matrix.map((row) => row.map((hits) => (hits === -1 ? -1 : hits === 0 ? 1 : 0))),
    );
  });

  test('records chambers that the server does not have as absent, with the reason', async () => {
    bench.source.set(10);
    bench.simulator.misbehaviour.replace([{ chamber: key, action: { do: 'missing' } }]);
    await bench.worker().fetchNow(10);
    expect(await getRun(bench.database, 10)).toMatchObject({
      status: 'FINISHED',
      chambers: 249,
      absentChambers: 1,
    });
    const absent = (await listChambers(bench.database, 10)).filter(({ state }) => state !== 'present');
    expect(absent).toMatchObject([
      { ...chamber, state: 'absent', reason: expect.stringContaining(key) as string },
    ]);
  });

  test('is an ERROR that names the chamber that failed, and is whole after another fetch', async () => {
    bench.source.set(10);
    bench.simulator.misbehaviour.replace([{ chamber: key, action: { do: 'status', status: 500 } }]);
    const worker = bench.worker();
    await worker.fetchNow(10);
    const failed = await getRun(bench.database, 10);
    expect(failed).toMatchObject({ status: 'ERROR', chambers: 249, failedChambers: 1, closed: false });
    expect(failed?.error).toMatch(new RegExp(`^1 of 250 chambers .*run 10 ${key}`));
    expect(await getChamberData(bench.database, 10, { ...chamber, wheel: 0 })).not.toBeNull();
    bench.simulator.misbehaviour.replace([]);
    await worker.fetchNow(10);
    expect(await getRun(bench.database, 10)).toMatchObject({
      status: 'FINISHED',
      error: null,
      chambers: 250,
    });
  });

  test('keeps a matrix that it had when a later fetch of that chamber fails', async () => {
    bench.source.set(10);
    const worker = bench.worker();
    await worker.fetchNow(10);
    const before = await getChamberData(bench.database, 10, chamber);
    bench.source.set(10, 10, 2);
    bench.simulator.misbehaviour.replace([{ chamber: key, action: { do: 'reset' } }]);
    await worker.fetchNow(10);
    expect(await getRun(bench.database, 10)).toMatchObject({ status: 'ERROR', chambers: 250 });
    expect(await getChamberData(bench.database, 10, chamber)).toEqual(before);
    const other = await getChamberData(bench.database, 10, { ...chamber, wheel: 0 });
    expect(other?.matrix).toEqual(bench.source.chamber(10, { ...chamber, wheel: 0 }));
  });

  test('leaves everything as it was when nothing can be had', async () => {
    bench.source.set(10);
    const worker = bench.worker();
    await worker.fetchNow(10);
    const before = await getChamberData(bench.database, 10, chamber);
    bench.simulator.misbehaviour.replace([{ action: { do: 'login-page' } }]);
    expect(await worker.fetchNow(10)).toBe('failed');
    expect(await getRun(bench.database, 10)).toMatchObject({ status: 'ERROR', chambers: 250 });
    expect(await getChamberData(bench.database, 10, chamber)).toEqual(before);
  });

  test('is an ERROR with the exception text when it cannot be scored', async () => {
    bench.source.set(10);
    const scorer = {
      ...ruleScorer(),
      score: () => Promise.reject(new Error('the network is out of memory')),
    };
    expect(await bench.worker({ scorer }).fetchNow(10)).toBe('failed');
    expect(await getRun(bench.database, 10)).toMatchObject({
      status: 'ERROR',
      error: 'the network is out of memory',
      chambers: 0,
    });
  });
});

describe('a run that still grows', () => {
  test('is not over because it stays the same, and is scored only when it changed', async () => {
    bench.source.set(10, 1);
    const scorer = ruleScorer();
    const worker = bench.worker({ scorer });
    expect(await worker.fetchNow(10)).toBe('stored');
    bench.source.set(10, 1, 2);
    expect(await worker.fetchNow(10)).toBe('stored');
    expect(await getRun(bench.database, 10)).toMatchObject({ status: 'FINISHED', closed: false });
    expect(await worker.fetchNow(10)).toBe('unchanged');
    expect(await getRun(bench.database, 10)).toMatchObject({
      status: 'FINISHED',
      closed: false,
      life: 'growing',
    });
    expect(scorer.batches).toHaveLength(2);
    const data = await getChamberData(bench.database, 10, chamber);
    expect(data?.matrix).toEqual(bench.source.chamber(10, chamber));
  });

  test('is as old as its hits when another model judges it', async () => {
    bench.source.set(10);
    await bench.worker().fetchNow(10);
    await bench.database.query(`update run set fetched_at = now() - interval '3 hours'`);
    const stored = () =>
      bench.database.query(
        `select model, fetched_at < now() - interval '2 hours' as "isOld" from run where run = 10`,
      );
    const scorer = ruleScorer('other@1.0.0');
    expect(await bench.worker({ scorer }).fetchNow(10)).toBe('stored');
    expect((await stored()).rows).toEqual([{ model: 'other@1.0.0', isOld: true }]);
    bench.source.set(10, 10, 2);
    await bench.worker({ scorer }).fetchNow(10);
    expect((await stored()).rows).toEqual([{ model: 'other@1.0.0', isOld: false }]);
  });
});

describe('scoring', () => {
  test('is given the chamber in good runs before, newest first, without those in which it was bad', async () => {
    const scorer = ruleScorer();
    const worker = bench.worker({ scorer });
    for (const run of [1, 2, 3, 4, 5]) {
      const matrix = bench.source.set(run).chamber(run, chamber) as Matrix;
      if (run === 4) bench.source.override(run, chamber, deadLayer(matrix, 1));
      await worker.fetchNow(run);
    }
    const last = scorer.batches.at(-1)?.find((input) => formatChamber(input.chamber) === key);
    expect(last?.history).toEqual([3, 2, 1].map((run) => bench.source.chamber(run, chamber)));
    const neighbour = scorer.batches.at(-1)?.find((input) => formatChamber(input.chamber) === 'W0_St2_Sec7');
    expect(neighbour?.history).toEqual(
      [4, 3, 2, 1].map((run) => bench.source.chamber(run, { ...chamber, wheel: 0 })),
    );
  });
});

describe('a run that is deleted', () => {
  test('goes with all its chambers, also while a worker has it in hand', async () => {
    bench.source.set(10);
    const scorer = ruleScorer();
    const score = scorer.score.bind(scorer);
    scorer.score = async (chambers) => {
      await deleteRun(bench.database, 10);
      return score(chambers);
    };
    expect(await bench.worker({ scorer }).fetchNow(10)).toBe('lost');
    expect(await getRun(bench.database, 10)).toBeNull();
    expect(await listChambers(bench.database, 10)).toEqual([]);
  });
});

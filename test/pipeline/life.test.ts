import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allChambers, formatChamber, mb4Wires, noWire, type ChamberId } from '@dtdqm/contract';
import type { Pipeline } from '@dtdqm/worker/pipeline/pipeline';
import { listChamberSummaries } from '@dtdqm/worker/storage/state';
import { matricesOf } from '@dtdqm/worker/storage/chambers';
import { goodHistory } from '@dtdqm/worker/storage/past';
import { deleteRun, getRun } from '@dtdqm/worker/storage/runs';
import { dataset, eventOf, openWorkbench, type Workbench } from './workbench.ts';
import { syntheticMatrix } from '../postgres/syntheticRun.ts';
import { letTimePass } from './letTimePass.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const run = 10;
const chamber = { wheel: 1, station: 2, sector: 7 } as const;
const key = formatChamber(chamber);
const stored = (number = run) => getRun(bench.database, number);
const minutes = 60;
const hours = 3600;

/** What is had of each chamber, as the source would show it. */
async function isWhole(times = 1): Promise<boolean> {
  const truth = bench.source.set(run, run, times);
  const had = await matricesOf(bench.database, run);
  return (
    had.length === allChambers.length &&
    had.every(({ matrix, ...each }) => JSON.stringify(matrix) === JSON.stringify(truth.chamber(run, each)))
  );
}

/** Lets so much time pass and waits for the look at the run that is due then; others may be looked at beside it. */
async function later(seconds: number, worker: Pipeline): Promise<void> {
  await letTimePass(bench.database, seconds);
  const ofTheRun = (event: { run: number }) => event.run === run;
  const ended = Promise.race([
    eventOf(worker, 'unchanged', ofTheRun),
    eventOf(worker, 'stored', ofTheRun),
    eventOf(worker, 'failed', ofTheRun),
  ]);
  worker.discoverNow();
  await ended;
}

/** Any matrix with wires in so many columns, each with so many hits. */
const filled = (hits: number, columns?: number) => (each: ChamberId) =>
  syntheticMatrix(each, columns ?? (each.station === 4 ? mb4Wires[each.sector]! : 60)).map((row) =>
    row.map((cell) => (cell === noWire ? noWire : hits)),
  );

describe('what was had is never replaced by less', () => {
  const lesses: [string, (source: Workbench['source']) => void][] = [
    ['the server has none of its histograms any more', (source) => source.overrideAll(run, () => null)],
    ['the server shows empty histograms', (source) => source.overrideAll(run, filled(0))],
    ['counts have fallen', (source) => source.overrideAll(run, filled(1))],
    ['the width has changed, with more hits', (source) => source.overrideAll(run, filled(9999, 70))],
  ];
  test.each(lesses)('when %s', async (_, shrink) => {
    bench.source.set(run);
    const worker = bench.worker();
    await worker.fetchNow(run);
    expect(await isWhole()).toBe(true);
    shrink(bench.source);
    // Twice, and by hand.
    await worker.fetchNow(run);
    await worker.fetchNow(run);
    bench.source.overrideAll(run, null);
    expect(await isWhole()).toBe(true);
    expect(await stored()).toMatchObject({
      status: 'FINISHED',
      chambers: 250,
      absentChambers: 0,
      keptChambers: 250,
      closed: false,
      coverage: expect.stringMatching(/shows less of 250 chambers/) as string,
    });
    const [first] = await listChamberSummaries(bench.database, run);
    expect(first?.kept).toMatchObject({ reason: expect.stringMatching(/source/) as string });

    // The incident is over when the server shows it whole again.
    await worker.fetchNow(run);
    expect(await stored()).toMatchObject({ keptChambers: 0, coverage: null });
    const { rows } = await bench.database.query<{ closed: boolean; chambers: number }>(
      'select closed_at is not null as closed, chambers from reporting.coverage_incidents',
    );
    expect(rows).toEqual([{ closed: true, chambers: 250 }]);
  });

  test('and growth of the other chambers is taken all the same', async () => {
    bench.source.set(run);
    const worker = bench.worker();
    await worker.fetchNow(run);
    bench.source.set(run, run, 2).override(run, chamber, null);
    await worker.fetchNow(run);
    expect(await stored()).toMatchObject({ chambers: 250, keptChambers: 1, life: 'growing' });
    const had = await matricesOf(bench.database, run);
    const other = had.find((each) => formatChamber(each) === 'W0_St2_Sec7');
    expect(other?.matrix).toEqual(bench.source.chamber(run, { ...chamber, wheel: 0 }));
    const summaries = await listChamberSummaries(bench.database, run);
    expect(summaries.filter(({ kept }) => kept !== null).map((each) => formatChamber(each as never))).toEqual(
      [key],
    );
    // It may be of half the run, so it is no past to judge by.
    const history = await goodHistory(bench.database, run + 1);
    expect(history.has(key)).toBe(false);
    expect(history.has('W0_St2_Sec7')).toBe(true);
  });

  test('unless people delete the run and ask for it anew', async () => {
    bench.source.set(run, run, 2);
    const worker = bench.worker();
    await worker.fetchNow(run);
    bench.source.set(run);
    await deleteRun(bench.database, run);
    await worker.fetchNow(run);
    expect(await isWhole()).toBe(true);
  });
});

describe('none of 250 chambers', () => {
  test('of a listed run is no finished run; they are had when they are there', async () => {
    bench.source.set(run).overrideAll(run, () => null);
    const worker = bench.worker();
    const failed = eventOf(worker, 'failed');
    await worker.start();
    expect((await failed).error).toMatch(
      /lists run 10, but has none of its 250 histograms \(yet\) \(the listing of its folders is empty; DQM_HISTOGRAM says where they are\)/,
    );
    expect(await stored()).toMatchObject({
      status: 'ERROR',
      life: 'listed',
      chambers: 0,
      absentChambers: 250,
      closed: false,
    });
    bench.source.overrideAll(run, null);
    await later(2 * minutes, worker);
    expect(await stored()).toMatchObject({ status: 'FINISHED', life: 'growing', chambers: 250 });
    expect(await isWhole()).toBe(true);
  });

  test('of a run that does not exist, fetched by hand, is an ERROR that says so, and is not tried again', async () => {
    bench.source.set(run);
    const worker = bench.worker();
    expect(await worker.fetchNow(999)).toBe('failed');
    expect(await stored(999)).toMatchObject({
      status: 'ERROR',
      life: 'error',
      error: expect.stringMatching(/^there is no run 999: the DQM server does not list it/) as string,
      closed: false,
    });
    await letTimePass(bench.database, 2 * hours);
    const found = eventOf(worker, 'discovered');
    await worker.start();
    expect((await found).runs).toEqual([run]);
  });
});

describe('a run is final on evidence only', () => {
  test('not because nothing came for two minutes, while it is the newest', async () => {
    bench.source.set(run);
    const worker = bench.worker();
    await worker.fetchNow(run);
    await worker.start();
    for (const wait of [1, 2, 9].map((each) => each * minutes)) await later(wait, worker);
    expect(await stored()).toMatchObject({ life: 'growing', closed: false });
    bench.source.set(run, run, 3);
    await later(10 * minutes, worker);
    expect(await isWhole(3)).toBe(true);
    // Six hours of silence end it, for now.
    await later(7 * hours, worker);
    expect(await stored()).toMatchObject({ life: 'final', closed: true });
    bench.source.set(run, run, 4);
    await later(10 * minutes, worker);
    expect(await stored()).toMatchObject({ life: 'reopened', closed: false });
    expect(await isWhole(4)).toBe(true);
  });

  test.each([false, true])(
    'not because an absurd number is listed (with histograms: %s)',
    async (hasData) => {
      const absurd = 2_147_483_647;
      bench.source.set(run).set(absurd);
      if (!hasData) bench.source.overrideAll(absurd, () => null);
      const worker = bench.worker();
      const both = Promise.all([
        eventOf(worker, 'stored', (event) => event.run === run),
        eventOf(worker, hasData ? 'stored' : 'failed', (event) => event.run === absurd),
      ]);
      await worker.start();
      await both;
      await letTimePass(bench.database, 30 * minutes);
      await worker.fetchNow(run);
      expect(await stored()).toMatchObject({ life: 'growing', closed: false });
    },
  );

  test('but with a newer run that has data and ten minutes without more; two days later it is left', async () => {
    bench.source.set(run);
    const worker = bench.worker();
    await worker.fetchNow(run);
    bench.source.set(run + 1);
    await worker.fetchNow(run + 1);
    await letTimePass(bench.database, 5 * minutes);
    await worker.fetchNow(run);
    expect(await stored()).toMatchObject({ life: 'settling', closed: false });
    await letTimePass(bench.database, 5 * minutes);
    await worker.fetchNow(run);
    expect(await stored()).toMatchObject({
      life: 'final',
      lifeReason: expect.stringMatching(/newer run has data/) as string,
    });
    await worker.start();
    await bench.database.query('update run set look_at = null where run <> $1', [run]);
    bench.simulator.forgetRequests();
    await later(10 * minutes, worker);
    // A look at a run that is over is one histogram.
    expect(bench.simulator.requests().byRun[String(run)]).toBe(1);
    await bench.database.query('update run set look_at = null where run <> $1', [run]);
    await later(48 * hours, worker);
    expect(await stored()).toMatchObject({ life: 'final', lookAt: null });
  });

  test('and with a chamber that never came it is incomplete, not final', async () => {
    bench.source
      .set(run)
      .override(run, chamber, null)
      .set(run + 1);
    const worker = bench.worker();
    await worker.fetchNow(run);
    await worker.fetchNow(run + 1);
    await letTimePass(bench.database, 11 * minutes);
    await worker.fetchNow(run);
    expect(await stored()).toMatchObject({
      status: 'FINISHED',
      life: 'incomplete',
      absentChambers: 1,
      closed: false,
    });
    bench.source.overrideAll(run, null);
    await worker.start();
    await bench.database.query('update run set look_at = null where run <> $1', [run]);
    await later(20 * minutes, worker);
    expect(await stored()).toMatchObject({ life: 'reopened', absentChambers: 0, chambers: 250 });
  });

  test('and a server that is away says nothing of a run that is over', async () => {
    bench.source.set(run).set(run + 1);
    const worker = bench.worker();
    await worker.fetchNow(run);
    await worker.fetchNow(run + 1);
    await letTimePass(bench.database, 11 * minutes);
    await worker.fetchNow(run);
    await worker.start();
    bench.simulator.misbehaviour.replace([{ run, action: { do: 'status', status: 500 } }]);
    await bench.database.query('update run set look_at = null where run <> $1', [run]);
    await later(20 * minutes, worker);
    expect(await stored()).toMatchObject({ status: 'FINISHED', life: 'final', error: null });
  });
});

test('a request by hand is answered by all 250 chambers', async () => {
  bench.source.set(run);
  const worker = bench.worker();
  await worker.fetchNow(run);
  bench.simulator.forgetRequests();
  await worker.fetchNow(run);
  expect(bench.simulator.requests().byRun).toEqual({ [run]: 250 });
  expect((await stored())?.dataset).toBe(dataset);
});

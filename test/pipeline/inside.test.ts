import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatChamber, mb4Wires, noWire, type ChamberId, type Matrix } from '@dtdqm/contract';
import { poisson, randomOf } from '@dtdqm/contract/random';
import { unpackMatrix } from '@dtdqm/worker/storage/packedMatrix';
import { deleteRun, getRun } from '@dtdqm/worker/storage/runs';
import { syntheticMatrix } from '../postgres/syntheticRun.ts';
import { letTimePass } from './letTimePass.ts';
import { ruleScorer } from './ruleScorer.ts';
import { eventOf, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const run = 10;
const chamber = { wheel: 1, station: 2, sector: 7 } as const;

interface StoredSlice extends ChamberId {
  look: number;
  fromLook: number;
  gap: string | null;
  counts: Buffer;
}

async function slices(): Promise<StoredSlice[]> {
  const { rows } = await bench.database.query<StoredSlice>(
    'select wheel, station, sector, look, from_look as "fromLook", gap, counts from chamber_slice where run = $1 order by look',
    [run],
  );
  return rows;
}

const of = (all: readonly StoredSlice[], one: ChamberId) =>
  all.filter((each) => formatChamber(each) === formatChamber(one));

function sumOf(all: readonly StoredSlice[]): Matrix {
  return all
    .map(({ counts }) => unpackMatrix(counts))
    .reduce((sum, each) =>
      sum.map((row, y) => row.map((hits, x) => (hits === noWire ? noWire : hits + each[y]![x]!))),
    );
}

const looks = async () =>
  (
    await bench.database.query(
      'select look, hits::integer, judged, waiting, bad, gap, lumisection, model from run_look where run = $1 order by look',
      [run],
    )
  ).rows;

test('each look at a run in progress leaves a slice of every chamber that was judged; they add up to what is shown', async () => {
  bench.source.set(run).starts.set(run, Date.UTC(2026, 4, 4, 6, 30));
  const worker = bench.worker();
  await worker.fetchNow(run);
  bench.source.set(run, run, 2).override(run, chamber, null);
  await worker.fetchNow(run);
  bench.source.overrideAll(run, null).set(run, run, 5);
  await worker.fetchNow(run);
  await worker.fetchNow(run);

  const stored = await slices();
  expect(stored).toHaveLength(749);
  expect(of(stored, chamber).map(({ fromLook, look, gap }) => [fromLook, look, gap])).toEqual([
    [0, 1, null],
    [1, 3, null],
  ]);
  for (const each of [chamber, { wheel: -2, station: 4, sector: 14 } as const]) {
    expect(sumOf(of(stored, each))).toEqual(bench.source.chamber(run, each));
  }
  expect(await looks()).toMatchObject([
    { look: 1, judged: 250, lumisection: 100, model: 'empty-wires@1.0.0', gap: null },
    { look: 2, judged: 249, waiting: 0 },
    { look: 3, judged: 250 },
  ]);
  const { rows } = await bench.database.query(
    `select look, from_at, from_lumisection, ratio, verdict from reporting.slices
     where run = $1 and (wheel, station, sector, layer) = (1, 2, 7, 9) order by at`,
    [run],
  );
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    look: 1,
    from_at: new Date(Date.UTC(2026, 4, 4, 6, 30)),
    from_lumisection: 0,
  });
  expect(rows[0].ratio).toBeCloseTo(1, 1);
  const live = await bench.database.query('select run, looks, judged, changes::integer from reporting.live');
  expect(live.rows).toEqual([{ run, looks: 3, judged: 250, changes: 0 }]);
  const { rows: where } = await bench.database.query(
    'select distinct tableoid::regclass::text as name from chamber_slice',
  );
  expect(where).toEqual([{ name: 'chamber_slice_0' }]);

  await deleteRun(bench.database, run);
  expect(await slices()).toEqual([]);
  expect(await looks()).toEqual([]);
});

test('a server that starts anew leaves a gap that is told, and the run goes on', async () => {
  bench.source.set(run, run, 9);
  const worker = bench.worker();
  await worker.fetchNow(run);
  for (const times of [1, 2, 3, 4]) {
    bench.source.set(run, run, times);
    await worker.fetchNow(run);
  }
  const own = of(await slices(), chamber);
  expect(own.map(({ fromLook, look, gap }) => [fromLook, look, gap?.slice(0, 20) ?? null])).toEqual([
    [0, 1, null],
    [2, 4, 'the counts fell back'],
    [4, 5, null],
  ]);
  expect(sumOf(own.slice(1))).toEqual(bench.source.set(run, run, 3).chamber(run, chamber));
  expect((await looks())[3].gap).toMatch(/^250 chambers: the counts fell back/);
  // It is asked as often as any that grows, though what is had of it is more.
  const stored = (await getRun(bench.database, run))!;
  expect(stored).toMatchObject({ life: 'growing', keptChambers: 250 });
  expect(Date.parse(stored.lookAt!) - Date.parse(stored.lookedAt!)).toBeLessThanOrEqual(60_000);
});

test('when the run is over what waits is told, and what was over before anybody looked has no inside', async () => {
  const thin = ruleScorer();
  const judge = thin.score.bind(thin);
  const worker = bench.worker({
    scorer: {
      ...thin,
      score: async (inputs, options) =>
        (await judge(inputs, options)).map((verdict) =>
          options?.saliency === false
            ? { ...verdict, verdicts: verdict.verdicts.map((each) => each && ('unknown' as const)) }
            : verdict,
        ),
    },
  });
  bench.source.set(run);
  await worker.fetchNow(run);
  expect(await slices()).toEqual([]);
  bench.source.set(run + 1).set(run - 1);
  await worker.fetchNow(run + 1);
  await worker.fetchNow(run - 1);
  await letTimePass(bench.database, 11 * 60);
  await worker.fetchNow(run);
  expect(await getRun(bench.database, run)).toMatchObject({ life: 'final' });
  const stored = await slices();
  expect(stored).toHaveLength(250);
  expect(sumOf(of(stored, chamber))).toEqual(bench.source.chamber(run, chamber));
  const { rows } = await bench.database.query('select run from run_live order by run');
  expect(rows).toEqual([{ run }, { run: run + 1 }]);
  await worker.fetchNow(run);
  expect(await slices()).toHaveLength(250);
});

test('a state of another version is not read: the next look begins anew and says so', async () => {
  bench.source.set(run);
  const worker = bench.worker();
  await worker.fetchNow(run);
  await bench.database.query(`update run_live set version = 'older', state = 'x'`);
  bench.source.set(run, run, 2);
  await worker.fetchNow(run);
  bench.source.set(run, run, 3);
  await worker.fetchNow(run);
  const own = of(await slices(), chamber);
  expect(own.map(({ fromLook, look }) => [fromLook, look])).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(own[1]?.gap).toMatch(/another version of the monitor/);
});

describe('how often a run is asked for', () => {
  test('every 45 s while it grows, between two listings too; a quiet night is not', async () => {
    bench.source.set(run);
    const worker = bench.worker({ schedule: '0 0 1 1 *' });
    const stored = eventOf(worker, 'stored');
    await worker.start();
    await stored;
    const requests = () => bench.simulator.requests().byRun[String(run)] ?? 0;
    const waitFor = async () => {
      const { lookAt, lookedAt } = (await getRun(bench.database, run))!;
      return Math.round((Date.parse(lookAt!) - Date.parse(lookedAt!)) / 1000);
    };
    // From the beginning of the look, which takes seconds on a busy machine.
    expect(await waitFor()).toBeGreaterThan(30);
    expect(await waitFor()).toBeLessThanOrEqual(45);
    const first = requests();
    bench.source.set(run, run, 2);
    // Far enough from 45 s that a busy machine does not make up the rest by itself.
    await letTimePass(bench.database, 25);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(requests()).toBe(first);
    const again = eventOf(worker, 'stored');
    await letTimePass(bench.database, 21);
    await again;
    expect(requests() - first).toBeGreaterThanOrEqual(250);
    const waits: number[] = [];
    for (let wait = await waitFor(); waits.length < 6; wait = await waitFor()) {
      const unchanged = eventOf(worker, 'unchanged');
      await letTimePass(bench.database, wait + 1);
      await unchanged;
      waits.push(await waitFor());
    }
    expect(waits[0]).toBeLessThanOrEqual(60);
    expect(waits.at(-1)).toBe(600);
  });
});

test('a source that says nothing of its lumisections, or hangs when it is asked for them, costs no look', async () => {
  bench.simulator.misbehaviour.replace([{ path: 'EventInfo', action: { do: 'stall' } }]);
  bench.source.set(run).starts.set(run, Date.UTC(2026, 4, 4, 6, 30));
  const began = performance.now();
  expect(await bench.worker().fetchNow(run)).toBe('stored');
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(await looks()).toMatchObject([{ look: 1, lumisection: null }]);
  await expect.poll(slices).toHaveLength(250);
});

test('a layer that trips in the middle of a run is told within two looks, with the time, and once', async () => {
  const worker = bench.worker();
  const healthy = (times: number) => (each: ChamberId) => {
    const random = randomOf('inside', times, each.wheel, each.station, each.sector);
    const columns = each.station === 4 ? mb4Wires[each.sector]! : 60;
    return syntheticMatrix(each, columns).map((row) =>
      row.map((hits) => (hits < 0 ? hits : poisson(random, 20))),
    );
  };
  let matrices = new Map<string, Matrix>();
  const grow = (look: number, isTripped: boolean) => {
    const next = new Map<string, Matrix>();
    bench.source.set(run).overrideAll(run, (each) => {
      const more = healthy(look)(each);
      const key = formatChamber(each);
      if (isTripped && key === formatChamber(chamber)) more[8] = more[8]!.map((hits) => Math.min(hits, 0));
      const before = matrices.get(key);
      const sum = before
        ? more.map((row, y) => row.map((hits, x) => (hits < 0 ? hits : hits + before[y]![x]!)))
        : more;
      next.set(key, sum);
      return sum;
    });
    matrices = next;
  };
  for (let look = 1; look <= 4; look += 1) {
    grow(look, false);
    await worker.fetchNow(run);
  }
  for (let look = 5; look <= 7; look += 1) {
    grow(look, true);
    await worker.fetchNow(run);
  }
  const { rows } = await bench.database.query(
    'select chamber, kind, layers, what, ratio, told_at, from_at, to_at from reporting.run_changes where run = $1',
    [run],
  );
  expect(rows).toMatchObject([{ chamber: 'W+1 MB2 S07', kind: 'trip', layers: [9], ratio: 0 }]);
  const { rows: at } = await bench.database.query<{ look: number }>(
    'select look from run_look where run = $1 and asked_at = $2',
    [run, rows[0].told_at],
  );
  expect(at[0]!.look).toBeLessThanOrEqual(6);
});

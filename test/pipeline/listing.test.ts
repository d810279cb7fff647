import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMetrics } from '@dtdqm/worker/observe/metrics';
import type { PipelineOptions } from '@dtdqm/worker/pipeline/pipeline';
import { getRun, secondsSinceDiscovery } from '@dtdqm/worker/storage/runs';
import { eventOf, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
let said: string[];
let log: PipelineOptions['log'];
/** Looks for runs when it is asked to, not by a clock that might strike meanwhile. */
const quietly = () => ({ log, schedule: '0 0 1 1 *' });
beforeEach(async () => {
  bench = await openWorkbench();
  said = [];
  const words = (_: string, value: unknown) => (value instanceof Error ? value.message : value);
  const say = (...parts: unknown[]) =>
    void said.push(parts.map((part) => JSON.stringify(part, words)).join(' '));
  log = { info: say, warn: say, error: say };
});
afterEach(() => bench.close());

const run = 10;
const samples = (action: object) =>
  bench.simulator.misbehaviour.replace([{ path: 'samples', action }] as never);
const nothing = { do: 'odd-entries', entries: [], only: true };
const saidOf = (words: RegExp) => said.filter((line) => words.test(line));
const looks = async () => {
  const { rows } = await bench.database.query<{ state: string; count: number }>(
    `select state::text, count(*)::integer as count from finished_job where kind = 'discover' group by state`,
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
};

test('a server that lists nothing after it had listed runs is an error, told once, that loses nothing', async () => {
  bench.source.set(run);
  const worker = bench.worker(quietly());
  const metrics = createMetrics(bench.database, worker.events);
  await worker.start();
  await eventOf(worker, 'stored');
  samples(nothing);
  for (let look = 0; look < 3; look += 1) {
    const ended = eventOf(worker, 'listing');
    worker.discoverNow();
    expect(await ended).toMatchObject({ outcome: 'empty-listing' });
  }
  expect(saidOf(/lists no run of Global\/Online\/ALL, of which \d+ are stored/)).toHaveLength(1);
  // It is tried again by itself beside that.
  expect((await looks())['failed']).toBeGreaterThanOrEqual(3);
  const [, counted] =
    /^dtdqm_listings_total\{outcome="empty-listing"\} (\d+)$/m.exec(await metrics.text()) ?? [];
  expect(Number(counted)).toBeGreaterThanOrEqual(3);
  expect(await getRun(bench.database, run)).toMatchObject({ status: 'FINISHED', chambers: 250 });

  // Nor is a run that nobody has seen yet called one that there is not.
  await worker.fetchNow(11);
  expect((await getRun(bench.database, 11))?.error).not.toMatch(/there is no run/);

  bench.source.set(12);
  bench.simulator.misbehaviour.replace([]);
  const stored = eventOf(worker, 'stored');
  worker.discoverNow();
  expect(await stored).toMatchObject({ run: 12 });
  expect(saidOf(/runs are listed again/)).toHaveLength(1);
});

test('a dataset of which nothing is listed is an error when runs of another are stored', async () => {
  bench.source.set(run);
  await bench.worker(quietly()).fetchNow(run);
  const mistyped = bench.worker({ ...quietly(), query: { dataset: 'Global/Online/AL' } });
  const ended = eventOf(mistyped, 'listing');
  await mistyped.start();
  expect(await ended).toMatchObject({ outcome: 'empty-listing' });
  await expect
    .poll(() =>
      saidOf(
        /no run of Global\/Online\/AL, and none is stored: the 1 that are stored are of other datasets; is DQM_DATASET right/,
      ),
    )
    .toHaveLength(1);
  // Nobody has been told of new runs: displays say that they are not connected.
  expect(await secondsSinceDiscovery(bench.database)).toBeNull();
});

test('a run that is had stays of its dataset when another is asked for', async () => {
  bench.source.set(run);
  await bench.worker(quietly()).fetchNow(run);
  const asked: string[] = [];
  const other = bench.worker({
    ...quietly(),
    query: { dataset: 'Global/Online/Other' },
    source: {
      ...bench.client,
      fetchChamber: (of, ...rest) => {
        asked.push(of.dataset);
        return bench.client.fetchChamber(of, ...rest);
      },
    },
  });
  await other.fetchNow(run);
  expect(new Set(asked)).toEqual(new Set(['Global/Online/ALL']));
  expect(await getRun(bench.database, run)).toMatchObject({ dataset: 'Global/Online/ALL', chambers: 250 });
});

test('a server that never had a run is a fresh one', async () => {
  const worker = bench.worker(quietly());
  const listing = eventOf(worker, 'listing');
  await worker.start();
  expect(await listing).toEqual({ type: 'listing', outcome: 'completed', odd: 0 });
  await expect.poll(looks).toEqual({ completed: 1 });
  expect(said).toEqual([]);
});

test('entries that are no runs are left out, said once for each change of them, and counted', async () => {
  bench.source.set(run);
  samples({ do: 'odd-entries', entries: [{ run: 'abc', dataset: 'x' }, 7] });
  const worker = bench.worker(quietly());
  const metrics = createMetrics(bench.database, worker.events);
  await worker.start();
  await eventOf(worker, 'stored');
  const look = async () => {
    const ended = eventOf(worker, 'listing');
    worker.discoverNow();
    await ended;
  };
  await look();
  expect(saidOf(/entries that are no runs; they are left out/)).toHaveLength(1);
  expect(saidOf(/run of item 2 must be a run number/)).toHaveLength(1);
  expect(await metrics.text()).toMatch(/^dtdqm_odd_listing_entries_total 4$/m);
  samples({ do: 'odd-entries', entries: [null] });
  await look();
  await look();
  expect(saidOf(/entries that are no runs; they are left out/)).toHaveLength(2);
});

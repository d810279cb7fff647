import { afterEach, describe, expect, it } from 'vitest';
import type { Matrix } from '@dtdqm/contract';
import { ReplaySource } from '../sources/replay.ts';
import { startSimulator, type Simulator } from './startSimulator.ts';
import type { Rule } from './rules.ts';

const dataset = '/Global/Online/ALL';
const matrixOf = (hits: number): Matrix => Array.from({ length: 12 }, () => [hits, hits, -1]);
const plot = (sector: number, run = 302635) =>
  `${run}/Global/Online/ALL/DT/01-Digi/Wheel-2/Sector${sector}/Station1/OccupancyAllHits_perCh_W-2_St1_Sec${sector}`;

let simulator: Simulator;
afterEach(() => simulator.close());

async function start(...rules: Rule[]): Promise<void> {
  const source = new ReplaySource();
  source.add(302634, { wheel: -2, station: 1, sector: 7 }, matrixOf(100));
  source.add(302635, { wheel: -2, station: 1, sector: 7 }, matrixOf(100));
  source.add(302635, { wheel: -2, station: 1, sector: 8 }, matrixOf(50));
  simulator = await startSimulator({ source, rules });
}

async function get(path: string) {
  const response = await fetch(simulator.url + path);
  return { text: await response.text(), retryAfter: response.headers.get('retry-after') };
}

const json = async (path: string): Promise<unknown> => JSON.parse((await get(path)).text);

interface Classic {
  hist: { title: string; bins: { content: number[][] } };
}
const classic = async (sector = 7) => (await json(`/jsonfairy/archive/${plot(sector)}`)) as Classic;
const firstRow = async () => (await classic()).hist.bins.content[0];

describe('a run that', () => {
  it('grows stands still for a while and goes on', async () => {
    await start({ action: { do: 'grow', start: 10, perFetch: 10, pauseAt: 30, pauseFetches: 3 } });
    const seen = [];
    for (let fetches = 0; fetches < 8; fetches += 1) seen.push((await firstRow())?.[0]);
    expect(seen).toEqual([10, 20, 30, 30, 30, 30, 40, 50]);
  });

  it('begins anew with a restart of the DQM job: what came before is gone, and nothing is negative', async () => {
    const grow = { do: 'grow', start: 10, perFetch: 10 } as const;
    await start({ action: grow }, { action: { do: 'restart', afterFetches: 3 } });
    const seen = [];
    for (let fetches = 0; fetches < 6; fetches += 1) seen.push(await firstRow());
    expect(seen.map((row) => row?.[0])).toEqual([10, 20, 30, 10, 20, 30]);
    expect(seen.every((row) => row?.[2] === -1)).toBe(true);
  });

  it('is merged anew: some layers fall back for a while although the chamber has more hits than before', async () => {
    const grow = { do: 'grow', start: 10, perFetch: 10 } as const;
    const merge: Rule['action'] = { do: 'merge', layers: [3], afterFetches: 3 };
    await start({ action: grow }, { chamber: 'W-2_St1_Sec7', action: merge });
    const seen = [];
    for (let fetches = 0; fetches < 6; fetches += 1) {
      const { content } = (await classic()).hist.bins;
      seen.push([content[2]![0]!, content.flat().reduce((sum, hits) => sum + Math.max(0, hits), 0)] as const);
    }
    expect(seen.map(([hits]) => hits)).toEqual([10, 20, 30, 20, 50, 60]);
    expect(seen[3]![1]).toBeGreaterThan(seen[2]![1]);
    const other = [];
    for (let fetches = 0; fetches < 4; fetches += 1) other.push((await classic(8)).hist.bins.content[2]?.[0]);
    expect(other).toEqual([5, 10, 15, 20]);
  });

  it('is forgotten is there, then is not, then is there again', async () => {
    await start({ action: { do: 'forget', afterFetches: 1, fetches: 2 } });
    const seen = [];
    for (let fetches = 0; fetches < 4; fetches += 1) {
      seen.push((await get(`/jsonfairy/archive/${plot(7)}`)).text.includes('unsupported type'));
    }
    expect(seen).toEqual([false, true, true, false]);
  });

  it.each([
    [2, [100, 100, -1, 0, 0]],
    [-1, [100, 100]],
  ])('changes its width by %d does so from the second fetch on', async (by, row) => {
    await start({ action: { do: 'change-width', by } });
    expect(await firstRow()).toEqual([100, 100, -1]);
    expect(await firstRow()).toEqual(row);
  });
});

it('serves the content of another chamber under either name, also for chambers that it lacks', async () => {
  await start({ path: 'archive', action: { do: 'other-chamber', of: 'W-2_St1_Sec8' } });
  expect((await classic(7)).hist).toMatchObject({ title: expect.stringContaining('Sec7') as string });
  expect(await firstRow()).toEqual([50, 50, -1]);
  expect((await classic(9)).hist.bins.content[0]).toEqual([50, 50, -1]);
  simulator.misbehaviour.replace([
    { action: { do: 'other-chamber', of: 'W-2_St1_Sec8', named: 'as-it-is' } },
  ]);
  expect((await classic(7)).hist).toMatchObject({ title: expect.stringContaining('Sec8') as string });
});

describe('a cache', () => {
  it('gives what it gave before unless that is older than the request allows', async () => {
    await start({ action: { do: 'cache' } }, { action: { do: 'grow', start: 10, perFetch: 10 } });
    const hits = async (query = '') =>
      ((await json(`/api/v1/json/${plot(7)}${query}`)) as { fArray: number[] }).fArray[6];
    const past = Math.floor(Date.now() / 1000) - 100;
    expect(await hits()).toBe(10);
    expect(await hits()).toBe(10);
    expect(await hits(`?notOlderThan=${past}`)).toBe(10);
    expect(await hits(`?notOlderThan=${past + 200}`)).toBe(40);
    expect(await hits()).toBe(40);
  });

  it('also keeps that there was nothing', async () => {
    await start({ action: { do: 'cache' } }, { count: 1, action: { do: 'missing' } });
    const first = await get(`/api/v1/json/${plot(7)}`);
    expect(await get(`/api/v1/json/${plot(7)}`)).toEqual(first);
  });
});

describe('a listing', () => {
  const lists: [string, string, (value: unknown) => { run: unknown }[]][] = [
    [
      'classic',
      '/data/json/samples?match=',
      (value) =>
        (value as { samples: { type: string; items: { run: unknown }[] }[] }).samples
          .filter(({ type }) => type !== 'live')
          .flatMap(({ items }) => items),
    ],
    ['new', '/api/v1/samples?run=&dataset=', (value) => (value as { data: { run: unknown }[] }).data],
  ];

  it.each(lists)('holds odd entries beside the others, or nothing else: %s', async (_, path, entriesOf) => {
    await start({ action: { do: 'odd-entries', entries: [{ run: 'abc', dataset }, null] } });
    const entries = async () => entriesOf(await json(path));
    expect((await entries()).slice(2)).toEqual([{ run: 'abc', dataset }, null]);
    simulator.misbehaviour.replace([{ action: { do: 'odd-entries', entries: [7], only: true } }]);
    expect(await entries()).toEqual([7]);
    simulator.misbehaviour.replace([{ action: { do: 'odd-entries' } }]);
    expect((await entries()).length).toBeGreaterThan(10);
  });

  it.each(lists)(
    'holds a run of which there is nothing else, or very many: %s',
    async (_, path, entriesOf) => {
      await start({ action: { do: 'absurd-run' } });
      expect(entriesOf(await json(path)).map(({ run }) => Number(run))).toEqual([302634, 302635, 2147483647]);
      simulator.misbehaviour.replace([{ action: { do: 'huge-listing', runs: 20_000, firstRun: 5 } }]);
      const runs = entriesOf(await json(path)).map(({ run }) => Number(run));
      expect([runs.length, runs[0], runs.at(-1)]).toEqual([20_002, 5, 302635]);
      expect(await json('/api/v1/latest_runs')).toMatchObject({ runs: { length: 100 } });
    },
  );

  it('can be empty although there are runs', async () => {
    await start({ action: { do: 'odd-entries', entries: [], only: true } });
    expect(await json('/data/json/samples?match=')).toMatchObject({ samples: [{ type: 'live' }] });
    expect(await json('/api/v1/samples?run=&dataset=')).toEqual({ data: [] });
  });
});

it('asks for quiet in seconds or in any words', async () => {
  await start({ action: { do: 'status', status: 429, retryAfterSeconds: 86_400 } });
  expect(await get('/api/v1/latest_runs')).toMatchObject({ retryAfter: '86400' });
  simulator.misbehaviour.replace([{ action: { do: 'status', status: 503, retryAfter: 'next week' } }]);
  expect(await get('/api/v1/latest_runs')).toMatchObject({ retryAfter: 'next week' });
});

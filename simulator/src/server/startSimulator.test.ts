import { afterEach, describe, expect, it } from 'vitest';
import { ReplaySource } from '../sources/replay.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from './startSimulator.ts';

const chamber = { wheel: -2, station: 1, sector: 7 } as const;
const matrix = Array.from({ length: 12 }, (_, y) => [y * 100_000, -1, 1_234_567]);
const histogram =
  '302635/Global/Online/ALL/DT/01-Digi/Wheel-2/Sector7/Station1/OccupancyAllHits_perCh_W-2_St1_Sec7';
const absent = histogram.replaceAll('Sector7', 'Sector8').replaceAll('Sec7', 'Sec8');

let simulator: Simulator;
afterEach(() => simulator.close());

async function start(options: Partial<SimulatorOptions> = {}): Promise<void> {
  const source = new ReplaySource();
  source.add(302635, chamber, matrix);
  source.add(302634, chamber, matrix);
  simulator = await startSimulator({ source, ...options });
}

async function get(path: string, base = simulator.url) {
  const response = await fetch(base + path, { redirect: 'manual' });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('the classic dialect', () => {
  it('serves histograms as text, row by row, to six digits', async () => {
    await start();
    const { status, type, text } = await get(`/jsonfairy/archive/${histogram}`);
    // What CherryPy says where a handler names no type.
    expect([status, type]).toEqual([200, 'text/html;charset=utf-8']);
    expect(text).toContain('"content":[[0,-1,1.23457e+06],[100000,-1,1.23457e+06],');
    expect(text).toContain('[1e+06,-1,1.23457e+06]');
    expect(JSON.parse(text)).toMatchObject({ hist: { type: 'TH2' } });
  });

  it.each([
    ['a chamber that the run lacks', absent],
    ['a run that is not there', histogram.replace('302635', '1')],
    ['another dataset', histogram.replace('Online', 'Offline')],
    ['a folder of another chamber', histogram.replace('Wheel-2', 'Wheel1')],
    ['another histogram', '302635/Global/Online/ALL/DT/01-Digi/Wheel-2/SomethingElse'],
  ])('says 200 and "unsupported type" for %s', async (_, path) => {
    await start();
    expect(await get(`/jsonfairy/archive/${path}`)).toMatchObject({
      status: 200,
      text: '{"hist": "unsupported type"}\n',
    });
  });

  it('lists runs that regular expressions find, behind what is being taken', async () => {
    await start();
    const runs = async (query: Record<string, string>) => {
      const { text } = await get(`/data/json/samples?${new URLSearchParams(query)}`);
      const { samples } = JSON.parse(text) as { samples: { items: { run: string; dataset: string }[] }[] };
      return samples.flatMap(({ items }) => items.map(({ run, dataset }) => `${run}${dataset}`));
    };
    const online = ['302634/Global/Online/ALL', '302635/Global/Online/ALL'];
    expect(await runs({})).toEqual(['0/Global/Online/ALL', ...online]);
    expect(await runs({ match: 'online', run: '^30263[5-9]$' })).toEqual(['302635/Global/Online/ALL']);
    expect(await runs({ match: 'Cosmics' })).toEqual([]);
    expect(await get('/data/json/samples?match=(')).toMatchObject({ status: 500 });
  });
});

describe('the new dialect', () => {
  it('serves the latest runs, samples and histograms framed by under- and overflow cells', async () => {
    await start();
    expect((await get('/api/v1/latest_runs?search=')).text).toBe('{"runs":[302635,302634]}');
    expect(JSON.parse((await get('/api/v1/samples?run=302634&dataset=Online')).text)).toEqual({
      data: [{ run: 302634, lumi: 0, dataset: '/Global/Online/ALL' }],
    });
    const root = JSON.parse((await get(`/api/v1/json/${histogram}`)).text) as { fArray: number[] };
    expect(root).toMatchObject({ fXaxis: { fNbins: 3 }, fYaxis: { fNbins: 12 } });
    expect(root.fArray).toHaveLength(5 * 14);
    expect(root.fArray.slice(6, 9)).toEqual([0, -1, 1.23457e6]);
  });

  it('says 500 and "ME not found" for what it does not have', async () => {
    await start();
    expect(await get(`/api/v1/json/${absent}`)).toEqual({
      status: 500,
      type: 'application/json',
      text: '{"message": "ME not found"}',
    });
  });

  it('also lists runs at the classic address, by a part of the name of the dataset', async () => {
    await start({ dialects: ['new'] });
    const items = async (match: string) =>
      (
        JSON.parse((await get(`/data/json/samples?match=${encodeURIComponent(match)}`)).text) as {
          samples: { items: unknown[] }[];
        }
      ).samples[0]?.items;
    expect(await items('Global/Online')).toHaveLength(2);
    expect(await items('^$')).toEqual([]);
  });
});

describe('a simulator', () => {
  it('speaks only the dialects and below the base path that it was told', async () => {
    await start({ dialects: ['classic'], basePath: '/' });
    expect(simulator.url).toBe(`http://127.0.0.1:${simulator.port}`);
    expect(await get('/data/json/samples')).toMatchObject({ status: 200 });
    expect(await get('/api/v1/latest_runs')).toMatchObject({ status: 404 });
  });

  it('gives the same bytes for the same seed', async () => {
    const rules = [{ probability: 0.5, action: { do: 'login-page' } }] as const;
    const answers = async (seed: number) => {
      await start({ seed, rules, basePath: '/' });
      const texts = [];
      for (let request = 0; request < 20; request += 1)
        texts.push((await get(`/jsonfairy/archive/${histogram}`)).text);
      await simulator.close();
      return texts.join();
    };
    const first = await answers(3);
    expect(await answers(3)).toBe(first);
    expect(await answers(4)).not.toBe(first);
  });

  it('is told over HTTP to misbehave and to stop, and counts requests', async () => {
    await start({ control: true });
    const control = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(simulator.controlUrl + path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const rule = { run: 302635, action: { do: 'status', status: 429, retryAfterSeconds: 2 } };
    expect(await control('PUT', '/rules', [rule])).toMatchObject({ status: 200, body: { rules: [rule] } });
    expect(await get(`/jsonfairy/archive/${histogram}`)).toMatchObject({ status: 429 });
    expect(await control('POST', '/rules', [{ action: { do: 'exception' } }])).toMatchObject({ status: 200 });
    expect((await get('/api/v1/latest_runs')).text).toMatch(/^Traceback/);
    expect(await control('PUT', '/rules', [{ action: { do: 'explode' } }])).toMatchObject({ status: 400 });
    expect(await control('PUT', '/rules', 'no list')).toMatchObject({ status: 400 });
    expect(await control('DELETE', '/rules')).toMatchObject({ body: { rules: [] } });
    expect(await control('GET', '')).toMatchObject({
      body: { requests: { total: 2, byRun: { 302635: 1, listing: 1 } } },
    });
    expect(await control('DELETE', '/requests')).toMatchObject({ body: { requests: { total: 0 } } });
    expect(await control('GET', '/else')).toMatchObject({ status: 404 });
  });

  it('has no control unless asked for', async () => {
    await start();
    expect((await fetch(simulator.controlUrl)).status).toBe(404);
  });

  it('names the port that is in use', async () => {
    await start();
    await expect(startSimulator({ source: new ReplaySource(), port: simulator.port })).rejects.toThrow(
      `port ${simulator.port} on 127.0.0.1 is in use`,
    );
  });

  it('closes at once, with requests still open', async () => {
    await start({ rules: [{ action: { do: 'stall' } }] });
    const request = get('/api/v1/latest_runs').catch(() => 'dropped');
    await expect.poll(() => simulator.requests().total, { timeout: 10_000 }).toBe(1);
    await simulator.close();
    expect(await request).toBe('dropped');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chamberDataSchema, layersOf, type Station } from '@dtdqm/contract';
import { seedRuns } from './seed.ts';
import { startTestApi, type TestApi } from './api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ DTDQM_AUDIT_SHARE: '0' });
  await seedRuns(api.database, [380001, 380002]);
});
afterAll(() => api.close());

const patch = (body: unknown, path = '/eval/save_user_scores/') =>
  api.json(path, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const pageOf = (location: string | null) => {
  const [, run, wheel, sector, station] = /^\/eval\/(\d+)\/(-?\d)\/(\d+)\/(\d)\/$/.exec(location ?? '') ?? [];
  if (station === undefined) throw new Error(`${location} is not the page of a chamber`);
  return { run: Number(run), wheel: Number(wheel), sector: Number(sector), station: Number(station) };
};

describe('the original tool’s way to label', () => {
  it('leads to the next chamber, each time to another one', async () => {
    const seen = new Set<string | null>();
    for (const path of ['/eval/next', '/eval/next/', '/eval/next']) {
      const answer = await api.fetch(path);
      expect(answer.status).toBe(302);
      pageOf(answer.headers.get('location'));
      seen.add(answer.headers.get('location'));
    }
    expect(seen.size).toBe(3);
  });

  it('takes twelve flags or layer numbers, also as text', async () => {
    const flags = ['0', '0', '0', '0', '0', '0', '0', '0', '1', '0', '0', '0'];
    const chamber = { run: '380001', wheel: '-2', sector: '3', station: '1' };
    expect(await patch({ ...chamber, layers: flags })).toEqual({
      status: 200,
      body: { matched: 1, updated: 1 },
    });
    const data = async () =>
      chamberDataSchema.parse((await api.json('/data/380001/-2/3/1/')).body).evaluation?.bad_layers;
    expect(await data()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect(await patch({ ...chamber, layers: flags })).toMatchObject({ body: { matched: 1, updated: 0 } });
    expect(await patch({ ...chamber, layers: [12, '1'] }, '/eval/save_user_scores')).toMatchObject({
      body: { matched: 1, updated: 1 },
    });
    expect(await data()).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('matches nothing where nothing is stored', async () => {
    const chamber = { run: 5, wheel: 0, sector: 1, station: 1, layers: [1] };
    expect(await patch(chamber)).toEqual({ status: 200, body: { matched: 0, updated: 0 } });
  });

  it.each([
    ['a layer twice', { layers: [1, 1] }],
    ['a layer 13', { layers: [13] }],
    ['a layer 0', { layers: [0] }],
    ['thirteen flags', { layers: Array.from({ length: 13 }, () => 0) }],
    ['a layer that MB4 lacks', { station: 4, layers: [5] }],
    ['half a layer', { layers: [1.5] }],
    ['words', { layers: ['one'] }],
    ['no list', { layers: '1' }],
    ['no layers', { layers: undefined }],
    ['no such sector', { sector: 13, layers: [] }],
  ])('refuses %s', async (_, change) => {
    const { status, body } = await patch({
      run: 380001,
      wheel: 0,
      sector: 1,
      station: 1,
      ...{ layers: [] },
      ...change,
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { id: 'invalid-request' } });
  });

  it('skips a chamber, which then does not come again', async () => {
    const answer = await api.fetch('/eval/skip/380002/1/5/2/');
    expect(answer.status).toBe(302);
    pageOf(answer.headers.get('location'));
    const repeated = await api.fetch('/eval/skip/380002/1/5/2');
    expect(repeated.status).toBe(302);
    const { rows } = await api.database.query(
      'select state from queue where run = 380002 and wheel = 1 and sector = 5 and station = 2',
    );
    expect(rows).toEqual([{ state: 'skipped' }]);
    const events = await api.database.query("select from label_event where run = 380002 and kind = 'skip'");
    expect(events.rowCount).toBe(1);
    expect((await api.fetch('/eval/skip/5/1/5/2/')).status).toBe(404);
  });

  it('changes nothing for a page of another site', async () => {
    for (const path of ['/eval/skip/380002/1/6/2/', '/data/reevaluate/']) {
      const headers = { 'sec-fetch-site': 'cross-site' };
      expect((await api.fetch(path, { headers })).status).toBe(403);
    }
    expect(
      (await api.fetch('/data/reevaluate/', { headers: { 'sec-fetch-site': 'same-origin' } })).status,
    ).toBe(202);
  });
});

describe('the original tool’s lists', () => {
  it('lists labels', async () => {
    const { body } = await api.json('/data/user_scores.json/');
    expect(body).toMatchObject([
      {
        identifier: { run: 380001 },
        data: {
          params: { wheel: -2, sector: 3, station: 1 },
          evaluation: {
            bad_layers: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            eval_time: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/) as string,
            skipped: false,
          },
        },
      },
    ]);
    const { body: data } = await api.json('/data/380001/-2/3/1/');
    const [line] = body as { data: { evaluation: unknown } }[];
    expect(data).toMatchObject({ evaluation: line?.data.evaluation });
  });

  it('orders scores by the least distance of any layer from 0.5', async () => {
    const { body } = await api.json('/data/net_scores.json?limit=500');
    type Line = { data: { params: { station: Station }; scores: number[] }; rating: number };
    const all = body as { count: number; result: Line }[];
    expect(all).toHaveLength(500);
    expect(new Set(all.map(({ count }) => count))).toEqual(new Set([500]));
    const lines = all.map(({ result }) => result);
    for (const { data, rating } of lines) {
      const distances = layersOf(data.params.station).map((layer) =>
        Math.abs(0.5 - (data.scores[layer - 1] ?? 0)),
      );
      expect(rating).toBeCloseTo(Math.min(...distances), 5);
    }
    expect(lines.map(({ rating }) => rating)).toEqual(
      lines.map(({ rating }) => rating).sort((a, b) => a - b),
    );
    expect((await api.json('/data/net_scores.json/')).body).toEqual(all.slice(0, 20));
  });

  it.each([
    ['/data/net_scores/', '/data/net_scores.json'],
    ['/data/net_scores/page/2', '/data/net_scores.json?page=2'],
    ['/data/new_net_scores?page=3', '/data/new_net_scores.json?page=3'],
    ['/data/contamination/', '/data/contamination.json'],
    ['/data/contamination/page/4/', '/data/contamination.json?page=4'],
    ['/fetch/', '/api/v1/runs'],
    ['/manage', '/api/v1/runs'],
  ])('leads programs from the page %s to %s', async (path, data) => {
    const leading = await api.fetch(path);
    expect(leading.status).toBe(302);
    expect(leading.headers.get('location')).toBe(data);
    const answer = await api.fetch(path, { redirect: 'follow' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
  });

  it('lists twenty a page, and says how many there are in all', async () => {
    const first = await api.json('/data/net_scores/', { redirect: 'follow' });
    expect(first.body).toHaveLength(20);
    expect(first.body).toHaveProperty('0.count', 500);
    const second = (await api.json('/data/net_scores/page/2', { redirect: 'follow' })).body as unknown[];
    expect(second).toHaveLength(20);
    expect((await api.json('/data/net_scores.json?limit=40')).body).toEqual([
      ...(first.body as unknown[]),
      ...second,
    ]);
  });

  it('lists chambers that wait for a label, without those that have one or were skipped', async () => {
    type Line = { count: number; result: { identifier: object; data: { params: object } } };
    const lines = (await api.json('/data/new_net_scores.json?limit=500')).body as Line[];
    expect(lines.map(({ count }) => count)).toEqual(lines.map(() => 498));
    const chambers = lines.map(({ result }) => ({ ...result.identifier, ...result.data.params }));
    expect(chambers).not.toContainEqual({ run: 380001, wheel: -2, sector: 3, station: 1 });
    expect(chambers).not.toContainEqual({ run: 380002, wheel: 1, sector: 5, station: 2 });
  });

  it('lists labelled chambers, rated by how far label and score are apart', async () => {
    const { body } = await api.json('/data/contamination.json');
    const { scores } = chamberDataSchema.parse((await api.json('/data/380001/-2/3/1/')).body);
    const apart = scores.map((score, row) => (row === 0 || row === 11 ? 1 - score : score));
    expect(body).toMatchObject([
      {
        count: 1,
        result: {
          identifier: { run: 380001 },
          data: {
            params: { wheel: -2, sector: 3, station: 1 },
            scores,
            evaluation: { bad_layers: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], skipped: false },
          },
          rating: expect.closeTo(Math.max(...apart), 5) as number,
        },
      },
    ]);
  });

  it('gives the hits of a run to download, wires only', async () => {
    const answer = await api.fetch('/data/380001/layers.json');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="380001.json"');
    const lines = (await answer.json()) as { station: string; layer: string; contect: string }[];
    expect(lines).toHaveLength(2720);
    expect(lines[0]).toMatchObject({ wheel: '-2', sector: '1', station: '1', layer: '1', lumi: '-1' });
    expect(lines.every(({ contect }) => !contect.includes('-1'))).toBe(true);
  });
});

describe('the original tool’s management', () => {
  it('asks for a run, and refuses one that is stored', async () => {
    expect(await api.json('/fetch/390000/', { method: 'POST' })).toMatchObject({ status: 202 });
    expect(api.asked).toContain('fetch 390000');
    const { status, body } = await api.json('/fetch/380001', { method: 'POST' });
    expect(status).toBe(409);
    expect(body).toMatchObject({ error: { id: 'run-exists' } });
  });

  it('takes what its form sends', async () => {
    const send = (body: string) =>
      api.fetch('/fetch/', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
    expect((await send('run=390001')).status).toBe(303);
    expect(api.asked).toContain('fetch 390001');
    expect((await send('run=soon')).status).toBe(400);
  });

  it('deletes a run and says how many', async () => {
    expect(await api.json('/data/380002/', { method: 'DELETE' })).toEqual({ status: 200, body: 1 });
    expect(await api.json('/data/380002', { method: 'DELETE' })).toEqual({ status: 200, body: 0 });
  });
});

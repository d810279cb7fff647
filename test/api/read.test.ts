import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chamberDataSchema, errorSchema, runListSchema } from '@dtdqm/contract';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { syntheticRun } from '../postgres/syntheticRun.ts';
import { startTestApi, type TestApi } from './api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await registerModel(api.database, { name: 'test@1.0.0', hash: 'x' });
  const run = syntheticRun(380001);
  await saveRunResult(api.database, run);
  const [first, ...rest] = run.chambers;
  if (first === undefined) throw new Error('no chamber');
  const { wheel, station, sector } = first;
  const absent = { wheel, station, sector, state: 'absent' as const, reason: 'no such plot' };
  await saveRunResult(api.database, { ...run, run: 380002, chambers: [absent, ...rest] });
});
afterAll(() => api.close());

describe('GET /data/<run>/<wheel>/<sector>/<station>/', () => {
  it.each(['/data/380001/-2/1/1/', '/data/380001/-2/1/1'])('answers the chamber at %s', async (path) => {
    const { status, body } = await api.json(path);
    expect(status).toBe(200);
    const data = chamberDataSchema.parse(body);
    expect(data.params).toEqual({ run: 380001, wheel: -2, sector: 1, station: 1 });
    expect(data.scores[8]).toBeCloseTo(0.75);
    expect(data.verdicts?.[8]).toBe('bad');
    expect(data).not.toHaveProperty('evaluation');
  });

  it.each([
    ['/data/380001/3/1/1/', ['wheel']],
    ['/data/380001/-2/13/1/', ['sector']],
    ['/data/x/9/0/7/', ['run', 'wheel', 'station', 'sector']],
    ['/data/380001/-2/1e0/1/', ['sector']],
  ])('refuses %s, naming %s', async (path, fields) => {
    const { status, body } = await api.json(path);
    expect(status).toBe(400);
    const { error } = errorSchema.parse(body);
    expect(error.id).toBe('invalid-request');
    expect(error.details?.map(({ field }) => field).sort()).toEqual([...fields].sort());
  });

  it.each([
    ['/data/5/-2/1/1/', 'run 5 is not stored'],
    ['/data/380002/-2/1/1/', 'no such plot'],
  ])('says why there is nothing at %s', async (path, reason) => {
    const { status, body } = await api.json(path);
    expect(status).toBe(404);
    expect(errorSchema.parse(body).error.message).toContain(reason);
  });
});

describe('GET /api/v1/runs', () => {
  it('lists runs, newest first, a page at a time', async () => {
    const first = runListSchema.parse((await api.json('/api/v1/runs?limit=1')).body);
    expect(first.runs.map(({ run }) => run)).toEqual([380002]);
    const second = runListSchema.parse(
      (await api.json(`/api/v1/runs?limit=1&cursor=${first.nextCursor}`)).body,
    );
    expect(second).toMatchObject({ runs: [{ run: 380001, status: 'FINISHED' }], nextCursor: null });
  });

  it('filters by status', async () => {
    expect((await api.json('/api/v1/runs?status=ERROR,LOADING')).body).toEqual({
      runs: [],
      nextCursor: null,
    });
  });

  it.each([
    ['from=380002', [380002]],
    ['to=380001', [380001]],
    ['from=380001&to=380001', [380001]],
    ['model=test@1.0.0', [380002, 380001]],
    ['model=other@1', []],
    ['bad=true', [380002, 380001]],
    ['bad=false', []],
  ])('filters by %s', async (query, runs) => {
    const { body } = await api.json(`/api/v1/runs?${query}`);
    expect(runListSchema.parse(body).runs.map(({ run }) => run)).toEqual(runs);
  });

  it.each([
    'from=x',
    'to=0',
    'bad=maybe',
    'limit=0',
    'limit=1001',
    'limit=1&limit=2',
    'cursor=x',
    'status=GOOD',
    'order=asc',
  ])('refuses %s', async (query) => {
    expect((await api.json(`/api/v1/runs?${query}`)).status).toBe(400);
  });
});

describe('pages', () => {
  const browser = { headers: { accept: 'text/html,*/*' }, redirect: 'follow' } as const;

  it.each([
    ['/', { runs: [{ run: 380002 }, { run: 380001 }] }],
    ['/eval/', { runs: [{ run: 380002 }, { run: 380001 }] }],
    ['/eval/380001/', { run: 380001, chambers: [{ wheel: -2, badLayers: 1 }] }],
    ['/eval/380001/-2/1/1/', { verdicts: { 8: 'bad' }, params: { run: 380001, wheel: -2 } }],
    ['/incidents', { incidents: [] }],
  ])('%s is data where there is no workbench', async (path, data) => {
    for (const init of [browser, { redirect: 'follow' }] as const) {
      const answer = await api.fetch(path, init);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('application/json');
      const body = (await answer.json()) as { chambers?: object[] };
      if (body.chambers) {
        expect(body.chambers).toHaveLength(250);
        body.chambers.splice(1);
      }
      expect(body).toMatchObject(data);
    }
  });

  it.each([
    ['/eval/380001/-2/13/1/', 400],
    ['/eval/380002/-2/1/1/', 404],
  ])('%s is refused with %d, in words for a browser', async (path, status) => {
    const answer = await api.fetch(path, browser);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect((await api.fetch(path, { redirect: 'follow' })).headers.get('content-type')).toContain(
      'application/json',
    );
  });

  it('need no script and allow none', async () => {
    const answer = await api.fetch('/eval/5/-2/1/1/', browser);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await answer.text()).not.toContain('<script');
  });

  it('tell a browser in words what is wrong, and escape what it sent', async () => {
    const answer = await api.fetch('/nothing/<script>', browser);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(await answer.text()).not.toContain('<script');
  });
});

describe('everything', () => {
  it('is alive and ready', async () => {
    expect((await api.json('/healthz/live')).body).toEqual({ status: 'ok' });
    expect((await api.json('/healthz/ready')).body).toEqual({ status: 'ok' });
  });

  it('answers an unknown address and method as errors', async () => {
    expect(await api.json('/api/v1/nothing')).toMatchObject({
      status: 404,
      body: { error: { id: 'not-found' } },
    });
    const wrong = await api.fetch('/healthz/live', { method: 'POST' });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toContain('GET');
    expect(errorSchema.parse(await wrong.json()).error.id).toBe('method-not-allowed');
  });

  it('carries a request id, the caller’s when it is harmless', async () => {
    expect((await api.fetch('/healthz/live')).headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    const given = await api.fetch('/healthz/live', { headers: { 'x-request-id': 'abcdefgh-1' } });
    expect(given.headers.get('x-request-id')).toBe('abcdefgh-1');
  });

  it('is compressed when large', async () => {
    const answer = await api.fetch('/data/380001/-2/1/1/', { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
  });
});

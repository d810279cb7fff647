import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allRoutes } from '@dtdqm/worker/api/app';
import type { Route } from '@dtdqm/worker/api/route';
import { seedRuns } from './seed.ts';
import { startTestApi, type TestApi } from './api.ts';

const token = 'correct-horse-battery-staple';
const guarded = allRoutes.filter(({ role }) => role !== null);
const named = (routes: readonly Route[]) =>
  routes.map((route) => [`${route.method} ${route.path}`, route] as const);

/** An address that the route takes, about things that are not there, so that nothing is changed by asking. */
const addressOf = ({ path }: Route) =>
  path
    .replace(':run/:wheel/:sector/:station', '77/0/1/1')
    .replace(':run', '77')
    .replace(':page', '1')
    .replace(/:\w+/g, 'none');

const ask = (api: TestApi, route: Route, headers: Record<string, string>) =>
  api.fetch(addressOf(route), { method: route.method.toUpperCase(), headers });

describe('with a token', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ API_TOKEN: token, API_REQUESTS_PER_MINUTE: '1000000' });
    await seedRuns(api.database, [380001]);
  });
  afterAll(() => api.close());
  const bearer = { authorization: `Bearer ${token}` };

  it.each(named(guarded))('%s is closed to strangers', async (_, route) => {
    for (const authorization of [
      '',
      'Bearer wrong',
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
    ]) {
      const answer = await ask(api, route, {
        authorization,
        'x-dtdqm-role': 'Admin',
        'x-grafana-user': 'eve',
      });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      await answer.arrayBuffer();
    }
  });

  it.each(named(guarded.filter(({ role }) => role === 'editor')))('%s needs an editor', async (_, route) => {
    expect((await ask(api, route, { ...bearer, 'x-dtdqm-role': 'Viewer' })).status).toBe(403);
    expect((await ask(api, route, { ...bearer, 'x-dtdqm-role': 'Editor' })).status).not.toBe(403);
  });

  it.each(named(guarded.filter(({ role }) => role === 'admin')))('%s needs an admin', async (_, route) => {
    expect((await ask(api, route, { ...bearer, 'x-dtdqm-role': 'Editor' })).status).toBe(403);
    expect((await ask(api, route, { ...bearer, 'x-dtdqm-role': 'Admin' })).status).not.toBe(403);
  });

  it('only lets look who states no role, and refuses roles that it does not know', async () => {
    expect((await api.fetch('/api/v1/runs', { headers: bearer })).status).toBe(200);
    expect((await api.fetch('/api/v1/runs/5', { method: 'DELETE', headers: bearer })).status).toBe(403);
    for (const role of ['Root', 'admin', '__proto__', 'constructor']) {
      const headers = { ...bearer, 'x-dtdqm-role': role };
      expect((await api.fetch('/api/v1/runs', { headers })).status).toBe(401);
    }
  });

  it('writes the stated name into labels', async () => {
    const verdicts = Array.from({ length: 12 }, () => 'good');
    const answer = await api.fetch('/api/v1/labels', {
      method: 'POST',
      headers: {
        ...bearer,
        'x-dtdqm-role': 'Editor',
        'x-grafana-user': 'ada',
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        run: 380001,
        wheel: 0,
        station: 1,
        sector: 2,
        verdicts,
        idempotencyKey: 'key-000001',
      }),
    });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ event: { by: 'ada', source: 'panel' } });
  });

  it('answers health and documentation to everyone', async () => {
    for (const path of [
      '/healthz/live',
      '/healthz/ready',
      '/docs',
      '/openapi.json',
      '/docs/swagger-ui.css',
    ]) {
      expect((await api.fetch(path)).status).toBe(200);
    }
  });

  it('tells strangers nothing of what exists', async () => {
    const [there, nowhere] = await Promise.all([api.json('/data/380001/0/1/1/'), api.json('/data/5/0/1/1/')]);
    expect(there).toEqual(nowhere);
  });
});

describe('without a token', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());

  /** fetch() would not let us choose the Host header. */
  const statusFor = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(api.url);
      request({ host: '127.0.0.1', port, path: '/api/v1/runs', headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });

  it.each(['localhost', 'localhost:8080', '127.0.0.1', '127.0.0.1:1', '[::1]:8080'])(
    'answers as %s',
    async (host) => {
      expect(await statusFor(host)).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:8080',
    '10.0.0.1',
    'x@localhost',
  ])('does not answer as %s, whose pages could read everything', async (host) => {
    expect(await statusFor(host)).toBe(403);
  });

  it('lets no page of another site change anything', async () => {
    const post = (headers: Record<string, string>) =>
      api.fetch('/fetch/5', { method: 'POST', headers }).then(({ status }) => status);
    expect(await post({ origin: 'https://evil.example' })).toBe(403);
    expect(await post({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await post({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await post({ origin: api.url, 'sec-fetch-site': 'same-origin' })).toBe(202);
  });
});

describe('the rate limit', () => {
  it('counts people by name, and strangers by address', async () => {
    const api = await startTestApi({ API_TOKEN: token, API_REQUESTS_PER_MINUTE: '50' });
    try {
      const as = (name: string, secret = token) =>
        api.fetch('/api/v1/runs', { headers: { authorization: `Bearer ${secret}`, 'x-grafana-user': name } });
      for (let request = 0; request < 5; request += 1) expect((await as('ada')).status).toBe(200);
      const refused = await as('ada');
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ error: { id: 'too-many-requests' } });
      expect((await as('bob')).status).toBe(200);
      for (let request = 0; request < 5; request += 1) expect((await as('eve', 'wrong')).status).toBe(401);
      expect((await as('mallory', 'wrong')).status).toBe(429);
    } finally {
      await api.close();
    }
  });
});

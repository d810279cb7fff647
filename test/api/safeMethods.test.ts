import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { allRoutes } from '@dtdqm/worker/api/app';
import type { Route } from '@dtdqm/worker/api/route';
import { startTestApi, type TestApi } from './api.ts';
import { seedRuns } from './seed.ts';
import { sendBytes } from './wire.ts';

const lines: string[] = [];
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi(
    {},
    { log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }) },
  );
  await seedRuns(api.database, [380001, 380002]);
});
afterAll(() => api.close());

const gets = allRoutes.filter(({ method, path }) => method === 'get' && !path.endsWith('/events'));
const changing = gets.filter(({ changes }) => changes);
const reading = gets.filter(({ changes }) => !changes);
const named = (routes: readonly Route[]) => routes.map((route) => [route.path, addressOf(route)] as const);

/** About things that are there, so that a route that changes something does. */
function addressOf({ path }: Route): string {
  const address = path
    .replace(':run/:wheel/:sector/:station', '380001/0/1/1')
    .replace(':run', '380001')
    .replace(':page', '1')
    .replace(':name', 'test%401.0.0')
    .replace(':incident', '1');
  const queries: Record<string, string> = {
    '/api/v1/incidents/report': '?run=380001',
    '/api/v1/incidents/report.md': '?run=380001',
    '/api/v1/labels/history': '?run=380001&wheel=0&sector=1&station=1',
  };
  return address + (queries[path] ?? '');
}

/**
 * Every version of every row that is stored, so that not even a write of the same values goes unseen, and all that workers were
 * asked for. But for how fast routes answer: the API itself writes that down every minute, whatever it was asked, and so between
 * two looks of a test now and then.
 */
async function everything(): Promise<unknown[]> {
  const { rows: tables } = await api.database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'api_minute' order by tablename`,
  );
  const contents = [];
  for (const { name } of tables) {
    const { rows } = await api.database.query<{ hash: string }>(
      `select md5(coalesce(string_agg(xmin::text || ctid::text, ' ' order by ctid), '')) as hash from "${name}"`,
    );
    contents.push([name, rows[0]?.hash]);
  }
  return [contents, [...api.asked]];
}

it.each(named(gets))('HEAD %s changes nothing', async (_, address) => {
  const before = await everything();
  const answer = await api.fetch(address, { method: 'HEAD' });
  expect(answer.status).toBeLessThan(500);
  expect(await everything()).toEqual(before);
});

it.each(named(reading))(
  'GET %s, which does not say that it changes anything, does not',
  async (_, address) => {
    const before = await everything();
    const answer = await api.fetch(address);
    await answer.arrayBuffer();
    expect(answer.status).toBeLessThan(500);
    expect(await everything()).toEqual(before);
  },
);

describe.each(named(changing))('%s, a GET of the original tool that changes something', (_, address) => {
  it('answers HEAD that only GET will do', async () => {
    const answer = await api.fetch(address, { method: 'HEAD' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET');
  });

  it.each([
    ['Sec-Purpose', 'prefetch'],
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Sec-Purpose', 'prefetch;anonymous-client-ip'],
    ['Purpose', 'prefetch'],
    ['Purpose', 'Prefetch'],
    ['X-Purpose', 'preview'],
    ['X-Moz', 'prefetch'],
    ['Sec-Fetch-Site', 'cross-site'],
    ['Origin', 'https://elsewhere.example'],
  ])('does nothing for a browser that sends %s: %s', async (name, value) => {
    const before = await everything();
    const answer = await api.fetch(address, { headers: { [name]: value } });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      error: { id: expect.stringMatching(/^(opened-ahead|cross-site)$/) as string },
    });
    expect(await everything()).toEqual(before);
  });

  it('does it for a person who opens it', async () => {
    const before = await everything();
    const answer = await api.fetch(address, { headers: { 'sec-fetch-site': 'none', purpose: '' } });
    expect(answer.status).toBeLessThan(400);
    expect(await everything()).not.toEqual(before);
  });
});

describe('a method that an address does not know', () => {
  const ask = (method: string, path: string) =>
    sendBytes(api.url, `${method} ${path} HTTP/1.1\r\nHost: localhost`);

  it.each(['TRACE', 'PROPFIND', 'PUT', 'DELETE', 'LOCK', 'QUERY'])(
    'such as %s is answered 405 with what it knows',
    async (method) => {
      lines.length = 0;
      for (const path of ['/api/v1/runs', '/', '/eval/next', '/api/v1/labels/undo']) {
        const answer = await ask(method, path);
        expect(answer.status).toBe(405);
        expect(answer.headers['allow']).toMatch(/GET|POST/);
        expect(JSON.parse(answer.body)).toMatchObject({ error: { id: 'method-not-allowed' } });
      }
      expect(lines).toEqual([]);
    },
  );

  it.each(['TRACE', 'PUT'])(
    '%s of nothing is answered 404 or 405, and is no failure of ours',
    async (method) => {
      lines.length = 0;
      expect([404, 405]).toContain((await ask(method, '/nothing/there')).status);
      expect(lines).toEqual([]);
    },
  );

  it('such as CONNECT, which would make a tunnel, is answered 405', async () => {
    lines.length = 0;
    expect((await ask('CONNECT', 'example.org:443')).status).toBe(405);
    expect(lines).toEqual([]);
  });

  it('that HTTP does not have at all is answered 400', async () => {
    expect((await ask('FROBNICATE', '/')).status).toBe(400);
  });
});

describe('If-None-Match: *', () => {
  const ask = (path: string) => api.fetch(path, { headers: { 'if-none-match': '*' } });

  it.each(['/data/380001/0/1/1/', '/api/v1/chambers/380001/0/1/1', '/api/v1/runs/380001/chambers'])(
    'of %s, which is there, answers 304',
    async (path) => {
      expect((await ask(path)).status).toBe(304);
    },
  );

  it('of what is not there answers 404', async () => {
    await api.database.query(
      'delete from chamber where run = 380002 and wheel = 0 and station = 1 and sector = 1',
    );
    for (const path of [
      '/data/7/0/1/1/',
      '/api/v1/chambers/7/0/1/1',
      '/api/v1/runs/7/chambers',
      '/data/380002/0/1/1',
    ]) {
      expect((await ask(path)).status).toBe(404);
    }
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorSchema } from '@dtdqm/contract';
import { allRoutes } from '@dtdqm/worker/api/app';
import { startTestApi, type TestApi } from './api.ts';
import { bodyFor, valueNear } from './arbitraries.ts';
import { seedRuns } from './seed.ts';

/** `DTDQM_FUZZ=10000 npx vitest run test/api/fuzz.test.ts` asks as much as a release should; the suite asks less. */
const requests = Number(process.env['DTDQM_FUZZ'] ?? 500);
const timeLimitMs = Math.max(280_000, 150 * requests);

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await seedRuns(api.database, [380001, 380002]);
});
afterAll(() => api.close());

/** Streams never end; everything else must. */
const asked = allRoutes.filter(({ path }) => !path.endsWith('/events'));

interface Request {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string | undefined;
}

const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('380001', '380002', '-2', '-1', '0', '1', '2', '4', '12', '14') },
  { weight: 2, arbitrary: fc.integer().map(String) },
  { weight: 2, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '..',
      '%00',
      "'; drop table run; --",
      '1e3',
      '99999999999999999999',
      '%E0%A4%A',
      '𝒳',
      ' 1',
    ),
  },
);

const request: fc.Arbitrary<Request> = fc.constantFrom(...asked).chain((route) => {
  const names = route.path.match(/:\w+/g) ?? [];
  return fc.record({
    method: fc.constant(route.method.toUpperCase()),
    path: fc
      .tuple(
        fc.array(segment, { minLength: names.length, maxLength: names.length }),
        fc.constantFrom('', '/'),
      )
      .map(([values, end]) => {
        let index = 0;
        return route.path.replace(/:\w+/g, () => encodeOnce(values[index++] ?? '')) + end;
      }),
    query: fc.dictionary(
      fc.constantFrom(
        'limit',
        'cursor',
        'status',
        'run',
        'page',
        'method',
        'format',
        'runs',
        'strict',
        '__proto__',
        'x',
      ),
      valueNear.map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))),
      { maxKeys: 3 },
    ),
    headers: fc.record({
      accept: fc.constantFrom('*/*', 'text/html', 'application/json'),
      'content-type': fc.constantFrom(
        'application/json',
        'application/json; charset=utf-8',
        'text/csv',
        'text/plain',
      ),
      'accept-encoding': fc.constantFrom('identity', 'gzip', 'br'),
    }),
    body: route.method === 'get' ? fc.constant(undefined) : bodyFor(route.body),
  });
});

/** What is escaped already stays, malformed or not. */
function encodeOnce(text: string): string {
  return text.startsWith('%') || text === '..' ? text : encodeURIComponent(text);
}

describe(`${requests} requests made up from the routes' schemas`, () => {
  it(
    'are all answered, never by an error of ours, never with a stack',
    async () => {
      const statuses = new Map<number, number>();
      await fc.assert(
        fc.asyncProperty(request, async ({ method, path, query, headers, body }) => {
          const search = new URLSearchParams(query).toString();
          const answer = await api.fetch(path + (search === '' ? '' : `?${search}`), {
            method,
            headers,
            ...(body === undefined ? {} : { body }),
            signal: AbortSignal.timeout(20_000),
          });
          const text = await answer.text();
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          expect(answer.status, `${text}`).toBeLessThan(500);
          expect(text).not.toMatch(/\n\s+at .*(\.ts|\.js|node:)/);
          const isJson = answer.headers.get('content-type')?.startsWith('application/json');
          if (answer.status >= 400 && isJson) errorSchema.parse(JSON.parse(text));
        }),
        { numRuns: requests, interruptAfterTimeLimit: timeLimitMs, markInterruptAsFailure: true },
      );
      // A fuzz that is refused everywhere tests nothing.
      expect(statuses.get(200) ?? 0).toBeGreaterThan(requests / 50);
      expect(statuses.get(400) ?? 0).toBeGreaterThan(requests / 50);
    },
    timeLimitMs + 20_000,
  );
});

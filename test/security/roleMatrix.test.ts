import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allRoutes } from '@dtdqm/worker/api/app';
import { startTestApi, type TestApi } from '../api/api.ts';

const token = 'correct-horse-battery-staple';
const bearer = { authorization: `Bearer ${token}` };
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'] as const;
const callers = {
  stranger: {},
  Viewer: { ...bearer, 'x-dtdqm-role': 'Viewer' },
  Editor: { ...bearer, 'x-dtdqm-role': 'Editor' },
  Admin: { ...bearer, 'x-dtdqm-role': 'Admin' },
} as const;
type Caller = keyof typeof callers;
const ranks: Caller[] = ['stranger', 'Viewer', 'Editor', 'Admin'];

interface OpenApi {
  paths: Record<string, Record<string, { security: object[]; description?: string }>>;
}

let api: TestApi;
/** As the running API publishes it. */
let document: OpenApi;
beforeAll(async () => {
  api = await startTestApi({ API_TOKEN: token, API_REQUESTS_PER_MINUTE: '1000000' });
  document = (await (await api.fetch('/openapi.json')).json()) as OpenApi;
});
afterAll(() => api.close());

/** An address of things that are not there, so that asking changes nothing. */
const addressOf = (path: string) =>
  path
    .replace('{run}/{wheel}/{sector}/{station}', '77/0/1/1')
    .replace('{run}', '77')
    .replace('{page}', '1')
    .replace(/\{\w+\}/g, 'none');

/** fetch() refuses to send some methods. */
function statusOf(method: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      resolve(answer.statusCode ?? 0);
      // Event streams do not end by themselves.
      answer.destroy();
    })
      .on('error', reject)
      .end();
  });
}

describe('the OpenAPI document', () => {
  it('names every route but pages for people, each with the least role that may call it', () => {
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security, description = '' }]) => [
        `${method} ${path}`,
        security.length === 0 ? null : /^Needs the role (\w+)\.$/.exec(description)?.[1],
      ]),
    );
    const routes = allRoutes
      .filter(({ page }) => !page)
      .map(({ method, path, role }) => [`${method} ${path.replace(/:(\w+)/g, '{$1}')}`, role]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(routes));
  });

  it('says of every route and method who is let through, and they alone are', async () => {
    const wrong: string[] = [];
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const method of methods) {
        const answering = method === 'HEAD' ? 'get' : method.toLowerCase();
        const operation = operations[answering];
        const [, role = ''] = /Needs the role (\w+)/.exec(operation?.description ?? '') ?? [];
        const least = ranks.find((rank) => rank.toLowerCase() === role) ?? 'stranger';
        for (const caller of ranks) {
          const status = await statusOf(method, addressOf(path), callers[caller]);
          const fits =
            operation === undefined
              ? // OPTIONS tells which methods there are, and nothing else.
                (method === 'OPTIONS' && status === 200) || (status >= 400 && status < 500) || status === 501
              : ranks.indexOf(caller) >= ranks.indexOf(least)
                ? status !== 401 && status !== 403 && status < 500
                : status === (caller === 'stranger' ? 401 : 403);
          if (!fits) wrong.push(`${method} ${path} as ${caller}: ${status}, needs ${least}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(Object.keys(document.paths).length).toBeGreaterThan(30);
  });
});

import { readFile } from 'node:fs/promises';
import { request, type Agent } from 'node:http';
import { medianTime } from '../harness.ts';

interface OpenApi {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string; required?: boolean }[] }>>;
}

/** What parameters are filled with. The run in the middle of all is asked for, so that it is not the newest in the cache. */
export type Parameters = Readonly<Record<string, string | number>>;

const leftOut = [
  // Never ends, which is its purpose.
  '/api/v1/runs/events',
  // Write although they are GET, as the original's do.
  '/data/reevaluate',
  '/eval/next',
  '/eval/skip/{run}/{wheel}/{sector}/{station}',
  // Works out what is not stored, in a process that has a model.
  '/api/v1/chambers/{run}/{wheel}/{sector}/{station}/steps',
  '/visualize/{run}/{wheel}/{sector}/{station}',
];

/**
 * Times every call of the API that only reads, over HTTP with all of its body: the list is made from the OpenAPI document, so that a
 * new one cannot be forgotten.
 *
 * @returns ms by method and path.
 * @throws {Error} for an answer that is not 200: its time would tell nothing.
 */
export async function timeApiCalls(
  url: string,
  token: string,
  agent: Agent,
  parameters: Parameters,
): Promise<Record<string, number>> {
  const file = new URL('../../contract/openapi.json', import.meta.url);
  const { paths } = JSON.parse(await readFile(file, 'utf8')) as OpenApi;
  const times: Record<string, number> = {};
  for (const [path, { get: call }] of Object.entries(paths)) {
    if (call === undefined || leftOut.includes(path)) continue;
    const address = addressOf(path, call.parameters ?? [], parameters);
    times[`GET ${path}`] = await medianTime(() => get(url + address, token, agent));
  }
  return times;
}

function addressOf(
  path: string,
  asked: readonly { name: string; in: string; required?: boolean }[],
  parameters: Parameters,
): string {
  const value = (name: string) => {
    if (parameters[name] === undefined) throw new Error(`${path}: nothing to fill ${name} with`);
    return encodeURIComponent(String(parameters[name]));
  };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => value(name));
  if (path.startsWith('/api/v1/incidents/report')) return `${filled}?run=${value('yesterday')}`;
  const query = asked
    .filter(({ in: place, required }) => place === 'query' && required)
    .map(({ name }) => `${name}=${value(name)}`);
  return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
}

function get(address: string, token: string, agent: Agent): Promise<void> {
  const headers = {
    Authorization: `Bearer ${token}`,
    'X-Grafana-User': 'bench',
    'X-Dtdqm-Role': 'Admin',
  };
  return new Promise((resolve, reject) => {
    request(address, { agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${address}: ${response.statusCode} ${Buffer.concat(chunks).toString()}`));
      });
    })
      .on('error', reject)
      .end();
  });
}

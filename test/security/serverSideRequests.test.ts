import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '@dtdqm/simulator/server';
import { allRoutes } from '@dtdqm/worker/api/app';
import { readConfig } from '@dtdqm/worker/config/index';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { startTestApi, type TestApi } from '../api/api.ts';
import { toyDetector } from '../dqm/toyDetector.ts';
import { dtdqm } from '../start/dtdqm.ts';

const token = 'correct-horse-battery-staple';

/** Stands for what is reachable from the monitor's machine alone, such as the metadata service of a cloud. */
let inner: Server;
let innerUrl: string;
const asked: string[] = [];
/** A server of the configuration, which sends everybody on to the inner one. */
let redirecting: Server;
let redirectingUrl: string;
let status = 302;

const listen = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
beforeAll(async () => {
  inner = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('{"keys":[],"samples":[],"runs":[],"data":[],"database":"ok"}');
  });
  innerUrl = await listen(inner);
  redirecting = createServer((request, response) => {
    response.writeHead(status, {
      location: `${innerUrl}/latest/meta-data${request.url}`,
      refresh: `0;url=${innerUrl}`,
    });
    response.end(`<meta http-equiv="refresh" content="0;url=${innerUrl}">`);
  });
  redirectingUrl = await listen(redirecting);
});
afterAll(() => {
  inner.close();
  redirecting.close();
});
beforeEach(() => {
  asked.length = 0;
});

describe('a server of the configuration that redirects', () => {
  it.each([301, 302, 303, 307, 308])('with %d is not followed by the DQM client', async (redirect) => {
    status = redirect;
    for (const dialect of ['auto', 'classic', 'new'] as const) {
      const client = createDqmClient({ url: redirectingUrl, dialect, attempts: 2, backOffMs: 1 });
      const run = { run: 1, dataset: 'Global/Online/ALL' };
      await expect(client.listRuns({ dataset: run.dataset })).rejects.toThrow(/redirected/);
      await expect(client.fetchChamber(run, { wheel: 0, station: 1, sector: 1 })).rejects.toThrow(
        /redirected/,
      );
      await client.close();
    }
    expect(asked).toEqual([]);
  });

  it('is not followed for the keys of Grafana, nor is an address that an identity names', async () => {
    status = 302;
    const api = await startTestApi({ API_TOKEN: token, DTDQM_GRAFANA_URL: redirectingUrl });
    try {
      const { privateKey } = await generateKeyPair('ES256');
      const header = { alg: 'ES256', kid: 'x', jku: `${innerUrl}/jku`, x5u: `${innerUrl}/x5u` };
      const identity = await new SignJWT({ username: 'eve' })
        .setProtectedHeader(header)
        .setSubject('user:1')
        .setIssuer(redirectingUrl)
        .setAudience('org:1')
        .setExpirationTime('5m')
        .sign(privateKey);
      const headers = { authorization: `Bearer ${token}`, 'x-grafana-id': identity };
      expect((await api.fetch('/api/v1/runs', { headers })).status).toBe(503);
    } finally {
      await api.close();
    }
    expect(asked).toEqual([]);
  });

  it('is not followed by the doctor, who says where it leads', async () => {
    status = 301;
    const env = {
      API_TOKEN: token,
      DTDQM_GRAFANA_URL: redirectingUrl,
      DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x',
    };
    const doctor = dtdqm(['doctor', '--json'], { env });
    await doctor.ended;
    expect(asked).toEqual([]);
    expect(doctor.output()).toMatch(/redirects to http:\/\/127\.0\.0\.1:\d+\/latest/);
  });
});

describe('a setting that names a server', () => {
  it.each([
    ['DQM_URL', 'file:///etc/passwd', /must be an address that begins with http/],
    ['DQM_URL', 'gopher://127.0.0.1:6379/', /begins with http/],
    ['DQM_URL', 'https://user:hidden@dqm.example/', /must not hold a user name or password/],
    ['DQM_URL', 'https://dqm.example/?to=x', /must not hold a query/],
    ['DTDQM_GRAFANA_URL', 'https://user:hidden@grafana.example/', /must not hold a user name or password/],
    ['DTDQM_GRAFANA_URL', 'ftp://grafana.example/', /begins with http/],
    ['DTDQM_GRAFANA_URL', 'https://grafana.example/#x', /must not hold a query/],
    ['DTDQM_ALERT_WEBHOOK', 'file:///etc/passwd', /begins with http/],
    ['DATABASE_URL', 'http://127.0.0.1/', /begins with postgres/],
  ])('%s %s is refused', (name, value, reason) => {
    const read = () => readConfig({ [name]: value, API_TOKEN: token });
    expect(read).toThrow(reason);
    expect(read).not.toThrow(/hidden/);
  });
});

describe('a request', () => {
  let api: TestApi;
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ source: toyDetector(7) });
    api = await startTestApi({ DQM_URL: simulator.url });
  });
  afterAll(async () => {
    await api.close();
    await simulator.close();
  });

  it('to any route cannot make the monitor ask an address, or send its reader to one', async () => {
    const names = [
      'url',
      'dqmUrl',
      'host',
      'next',
      'redirect',
      'callback',
      'dataset',
      'model',
      'cursor',
      'format',
    ];
    const fields = Object.fromEntries(names.map((name) => [name, innerUrl]));
    const host = new URL(innerUrl).host;
    const headers = {
      referer: innerUrl,
      'x-forwarded-host': host,
      'x-forwarded-proto': 'http',
      forwarded: `host=${host}`,
      'x-original-url': innerUrl,
      'x-rewrite-url': innerUrl,
    };
    for (const { method, path, body, streams } of allRoutes) {
      for (const place of [encodeURIComponent(innerUrl), '77']) {
        const address = path
          .replace(':run/:wheel/:sector/:station', `${place}/0/1/1`)
          .replace(/:\w+/g, place);
        const stop = new AbortController();
        const answer = await api.fetch(`${address}?${new URLSearchParams(fields).toString()}`, {
          method: method.toUpperCase(),
          headers: {
            ...headers,
            ...(body || streams ? { 'content-type': streams?.[0] ?? 'application/json' } : {}),
          },
          ...(body || streams ? { body: JSON.stringify({ ...fields, run: 77, runs: [77] }) } : {}),
          signal: stop.signal,
        });
        expect(answer.headers.get('location') ?? '').not.toContain(host);
        stop.abort();
      }
    }
    expect(asked).toEqual([]);
    // What reaches the workers are numbers of runs.
    expect(api.asked.filter((job) => !/^(fetch \d+|reevaluate [\d,]*|reevaluate all)$/.test(job))).toEqual(
      [],
    );
  });
});

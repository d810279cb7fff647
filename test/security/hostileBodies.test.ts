import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const post = (path: string, body: string) =>
  api.fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

describe('a body', () => {
  it.each(['__proto__', 'constructor', 'prototype'])('cannot reach prototypes through %s', async (name) => {
    const answer = await post('/api/v1/labels', `{"${name}": {"polluted": true}, "run": 1}`);
    expect(answer.status).toBe(400);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('may be nested without end and is only refused', async () => {
    const depth = 200_000;
    const answer = await post('/api/v1/labels', `{"marks":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { id: expect.any(String) as string } });
  });

  it('that is too large is refused before it is read', async () => {
    const answer = await post('/api/v1/labels', `{"note":"${'x'.repeat(2 * 1024 * 1024)}"}`);
    expect(answer.status).toBe(413);
  });

  it('is told all its faults at once, and never a stack trace', async () => {
    const answer = await post('/api/v1/labels', '{"run":"x","wheel":9,"station":0,"sector":99}');
    const text = await answer.text();
    const { error } = JSON.parse(text) as { error: { details: { field: string }[] } };
    expect(error.details.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['run', 'wheel', 'station', 'sector']),
    );
    expect(text).not.toMatch(/\.ts:\d+|node_modules|at \w+ \(/);
  });
});

describe('a path', () => {
  it.each([
    '/docs/../../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2f..%2fetc%2fpasswd',
    '/docs/%00swagger-ui.css',
  ])('that climbs is not a file: %s', async (path) => {
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    // fetch() would tidy the path up before sending it.
    socket.end(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    let reply = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (reply += piece));
    await once(socket, 'close');
    expect(reply).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(reply).not.toMatch(/"workspaces"|root:x:/);
  });
});

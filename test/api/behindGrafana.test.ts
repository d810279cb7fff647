import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from './api.ts';

const token = 'correct-horse-battery-staple';
const browser = { accept: 'text/html,application/xhtml+xml' };
const workbench = [
  '/',
  '/eval',
  '/eval/1/0/3/1',
  '/visualize/1/0/3/1/',
  '/fetch',
  '/manage/',
  '/incidents/',
  '/data/net_scores',
  '/data/net_scores/page/2',
  '/data/contamination',
];

describe('behind a Grafana', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ API_TOKEN: token }, { frontAddress: 'http://127.0.0.1:3000/?a="b' });
  });
  afterAll(() => api.close());

  it.each(workbench)('a browser at %s is told where the monitor is, and nothing else', async (path) => {
    const answer = await api.fetch(path, { headers: browser });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    const text = await answer.text();
    expect(text).toContain('The monitor runs behind Grafana');
    expect(text).toContain('<a href="http://127.0.0.1:3000/?a=&quot;b">');
    expect(text).not.toContain('<script');
  });

  it('programs, and whoever has the token, get what they always got', async () => {
    expect((await api.fetch('/')).headers.get('content-type')).toMatch(/json/);
    const headers = { ...browser, authorization: `Bearer ${token}` };
    const known = await api.fetch('/', { headers, redirect: 'follow' });
    expect(known.status).toBe(200);
    expect(await known.text()).not.toContain('runs behind Grafana');
  });
});

it('says so without a link where the address of Grafana is not known', async () => {
  const api = await startTestApi({ API_TOKEN: token });
  const text = await (await api.fetch('/', { headers: browser })).text();
  expect(text).toContain('The monitor runs behind Grafana');
  expect(text).not.toContain('<a href="http');
  await api.close();
});

it('says nothing of it where no token is wanted', async () => {
  const api = await startTestApi();
  const text = await (await api.fetch('/', { headers: browser })).text();
  expect(text).not.toContain('behind Grafana');
  await api.close();
});

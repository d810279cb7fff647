import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkbench } from '@dtdqm/plugin/workbench';
import * as assets from '@dtdqm/plugin/workbench/assets';
import { startTestApi, type TestApi } from '../api/api.ts';
import { queueRuns } from '../labels/labelled.ts';
import { openBrowser, openPage } from './browser.ts';

let api: TestApi;
let browser: Browser;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtdqm-served-'));
  const workbench = async () => ({ dir: await openWorkbench(join(directory, 'workbench')), assets });
  [api, browser] = await Promise.all([startTestApi({}, { workbench }), openBrowser()]);
  await queueRuns(api.database, 380001);
}, 90_000);
afterAll(async () => {
  await browser.close();
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

const asBrowser = { headers: { Accept: 'text/html' } };

describe('the workbench, served by the API', () => {
  it('opens at the addresses of the original tool and complains of nothing under its own policy', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(api.url);
    await page.getByText('by bad layers').waitFor();
    await page.goto(`${api.url}/eval/380001/-2/14/4/`);
    await page.getByText('W-2 MB4 S14').waitFor();
    await page.goto(`${api.url}/data/new_net_scores/`);
    await page.getByText('Certainty').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('opens in a browser whose language Intl does not know', async () => {
    const { page, complaints } = await openPage(browser);
    await page.addInitScript(() => {
      for (const [name, value] of [
        ['language', 'en-US@posix'],
        ['languages', ['en-US@posix']],
      ] as const)
        Object.defineProperty(Navigator.prototype, name, { get: () => value, configurable: true });
    });
    await page.goto(`${api.url}/eval/380001/-2/14/4/`);
    await page.getByText('W-2 MB4 S14').waitFor();
    await page.goto(`${api.url}/fetch/`);
    await page.getByText('380001').first().waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('leaves programs, and browsers that ask for it, the plain answers', async () => {
    for (const [path, init] of [
      ['/eval/380001/', {}],
      ['/eval/380001/?plain', asBrowser],
    ] as const) {
      const text = await (await api.fetch(path, init)).text();
      expect(text).toContain('380001');
      expect(text).not.toContain('workbench.js');
    }
  });

  it('allows no code but its own', async () => {
    const answer = await api.fetch('/', asBrowser);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("default-src 'none'");
  });

  it('answers nobody who comes under another name', async () => {
    const { port } = new URL(api.url);
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/', headers: { Host: 'evil.example', Accept: 'text/html' } })
        .on('response', (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('is not there beside a token, where Grafana has the panels', async () => {
    const guarded = await startTestApi(
      { API_TOKEN: 'a-token-of-some-length-000000000' },
      { workbench: async () => ({ dir: await openWorkbench(join(directory, 'workbench')), assets }) },
    );
    expect((await guarded.fetch('/', asBrowser)).status).toBe(401);
    expect((await guarded.fetch('/assets/workbench.js')).status).not.toBe(200);
    await guarded.close();
  });
});

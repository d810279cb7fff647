import { request } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as assets from '@dtdqm/plugin/workbench/assets';
import { startTestApi, type TestApi } from '../api/api.ts';
import { queueRuns } from '../labels/labelled.ts';
import { openBrowser, openPage } from './browser.ts';
import { sharedWorkbench } from './sharedBuilds.ts';

let api: TestApi;
let browser: Browser;
beforeAll(async () => {
  const workbench = async () => ({ dir: await sharedWorkbench(), assets });
  const model = 'test@1.0.0';
  const explainer = {
    methods: () => ['gradient' as const],
    rescore: () => Promise.reject(new Error('not asked')),
    judgePart: () => Promise.reject(new Error('not asked')),
    model: () => model,
    saliency: () => Promise.resolve([]),
    steps: () => Promise.resolve({ model, saliency: 'gradient' as const, layers: [] }),
  };
  [api, browser] = await Promise.all([startTestApi({}, { workbench, explainer }), openBrowser()]);
  await queueRuns(api.database, 380001);
});
afterAll(async () => {
  await browser.close();
  await api.close();
});

const asBrowser = { headers: { Accept: 'text/html' } };

describe('the workbench, served by the API', () => {
  it('opens at the addresses of the original tool and complains of nothing under its own policy', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(api.url);
    await page.getByText('250 of 250 judged').first().waitFor();
    await page.goto(`${api.url}/eval/380001/-2/14/4/`);
    await page.getByText('W-2 MB4 S14').first().waitFor();
    expect(await page.title()).toBe('W-2 MB4 S14, run 380001 · DT occupancy monitor');
    await page.goto(`${api.url}/eval/380001/-2/1/1/`);
    await page.getByText('weak layer: layer 9, 25 % of the hits expected (confidence 50 %)').waitFor();
    await page.goto(`${api.url}/data/new_net_scores/`);
    await page.getByText('Certainty').waitFor();
    await page.goto(`${api.url}/visualize/380001/-2/14/4/`);
    await page.getByText('W-2 MB4 S14').waitFor();
    await expect.poll(() => page.getByRole('radio', { name: 'Steps' }).isChecked()).toBe(true);
    await page.getByText('The model judged no layer of this chamber').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

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
  });

  it('shows every list of the original tool, a page at a time', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${api.url}/data/net_scores/page/2`);
    await page.getByText('page 2 of 13').waitFor();
    await expect.poll(() => page.getByRole('row').count()).toBe(21);
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText('page 1 of 13').waitFor();
    expect(new URL(page.url()).search).toBe('?page=1');
    const first = page.getByRole('row').nth(1);
    const [run, wheel, sector, station] = ((await first.getByRole('link').getAttribute('href')) ?? '')
      .split('/')
      .slice(2);
    const label = { run, wheel, sector, station, layers: [1] };
    const saved = await api.fetch('/eval/save_user_scores', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(label),
    });
    expect(saved.status).toBe(200);
    await page.goto(`${api.url}/data/net_scores/`);
    await page.getByRole('cell', { name: 'bad 1' }).waitFor();
    await page.goto(`${api.url}/data/new_net_scores/`);
    await page.getByText('page 1 of 13').waitFor();
    expect(await page.getByRole('cell', { name: 'bad 1' }).count()).toBe(0);
    await page.goto(`${api.url}/data/contamination/`);
    await page.getByRole('columnheader', { name: 'Difference' }).waitFor();
    await page.getByRole('cell', { name: 'bad 1' }).waitFor();
    await page.getByText('page 1 of 1').waitFor();
    await page.goto(`${api.url}/manage/`);
    await page.getByText('380001').first().waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('leads to the reports, which programs get as data at the same addresses', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${api.url}/eval/380001/`);
    await page.getByRole('link', { name: 'Certification draft of run 380001' }).click();
    await page.getByRole('heading', { name: /^Run 380001: / }).waitFor();
    await page.getByRole('link', { name: 'Reports' }).click();
    for (const name of ['Morning report', 'Models', 'Agreement of experts', 'Certification draft']) {
      await page.getByRole('radio', { name }).click();
      await expect.poll(() => page.title()).toBe(`${name} · DT occupancy monitor`);
      await page.reload();
      await page.getByRole('radio', { name, checked: true }).waitFor();
    }
    expect(complaints).toEqual([]);
    await page.context().close();
    for (const path of ['', 'models/', 'agreement/', 'certification/380001/']) {
      const answer = await api.fetch(`/reports/${path}`, { redirect: 'follow' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        'application/json; charset=utf-8',
      ]);
    }
  });

  it('shows the exception text of a run as text', async () => {
    const text = '<img src=x onerror="document.title=1">';
    await api.database.query(`update run set status = 'ERROR', error = $1 where run = 380001`, [text]);
    const { page } = await openPage(browser);
    await page.goto(`${api.url}/fetch/`);
    await page.getByText('ERROR').first().waitFor();
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(await page.title()).toBe('Runs · DT occupancy monitor');
    await api.database.query(`update run set status = 'FINISHED', error = null where run = 380001`);
    await page.context().close();
  });

  it('leaves programs, and browsers that ask for it, the plain answers', async () => {
    for (const [path, init] of [
      ['/eval/380001/', {}],
      ['/eval/380001/?format=json', asBrowser],
    ] as const) {
      const answer = await api.fetch(path, { ...init, redirect: 'follow' });
      expect(answer.headers.get('content-type')).toContain('application/json');
      const text = await answer.text();
      expect(text).toContain('380001');
      expect(text).not.toContain('/assets/');
    }
  });

  it('names its files by what is in them, so that browsers keep them for ever, and compresses them once', async () => {
    const files = await filesOf();
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) {
      const [small, whole] = await Promise.all(
        ['gzip, br', 'identity'].map((encoding) =>
          api.fetch(file, { headers: { 'Accept-Encoding': encoding } }),
        ),
      );
      expect(small!.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(small!.headers.get('content-encoding')).toBe('gzip');
      expect(whole!.headers.get('content-encoding')).toBeNull();
      expect(await small!.text()).toBe(await whole!.text());
      const head = await api.fetch(file, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
    }
  });

  it('answers that a page is as the browser has it', async () => {
    const first = await api.fetch('/', asBrowser);
    const again = await api.fetch('/fetch', {
      headers: { ...asBrowser.headers, 'If-None-Match': first.headers.get('etag')! },
    });
    expect([first.status, again.status, await again.text()]).toEqual([200, 304, '']);
    const other = await api.fetch('/', { headers: { ...asBrowser.headers, 'If-None-Match': 'W/"other"' } });
    expect(other.status).toBe(200);
  });

  /** Scripts and styles of the page. */
  async function filesOf(): Promise<string[]> {
    const page = await (await api.fetch('/', asBrowser)).text();
    return [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, file]) => file!);
  }

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
      { workbench: async () => ({ dir: await sharedWorkbench(), assets }) },
    );
    expect((await guarded.fetch('/', asBrowser)).status).toBe(401);
    const [script] = await filesOf();
    expect((await api.fetch(script!)).status).toBe(200);
    expect((await guarded.fetch(script!)).status).not.toBe(200);
    await guarded.close();
  });
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dashboards } from '../../provisioning/src/generate.ts';
import { type DashboardName, appId, dashboardUids } from '@dtdqm/contract';
import { openBrowser } from '../e2e/browser.ts';
import { admin, ask, grafanaUrl, openGrafana, picture, showDashboard, type GrafanaPage } from './grafana.ts';

let browser: Browser;
let view: GrafanaPage;
beforeAll(async () => {
  browser = await openBrowser();
  view = await openGrafana(browser, admin);
});
afterAll(() => browser.close());

describe.each(Object.entries(dashboardUids))('dashboard %s', (name, uid) => {
  test('loads without a fault in any panel', async () => {
    const before = view.queries();
    await showDashboard(view, uid);
    // Panels below the fold ask when they come into sight.
    await scrollThrough(view);
    const { panels } = dashboards[name as DashboardName] as { panels: { title: string }[] };
    expect(view.queries()).toBeGreaterThan(before);
    expect(view.failedQueries).toEqual([]);
    expect(view.complaints).toEqual([]);
    expect(await view.page.locator(faultyPanel).count()).toBe(0);
    expect(
      await view.page.getByText(/Panel plugin not found|Error loading|An unexpected error/i).count(),
    ).toBe(0);
    expect(panels.length).toBeGreaterThan(0);
    await view.page.mouse.wheel(0, -10_000);
    await picture(view, uid);
  });
});

test.each([
  ['the overview with Grafana around it', `/d/${dashboardUids.overview}`],
  ['the runs of the app', `/a/${appId}/runs`],
  ['the configuration of the app', `/plugins/${appId}`],
  ['the alert rules', '/alerting/list'],
])('%s opens without a fault', async (_, address) => {
  view.complaints.length = 0;
  await view.page.goto(`${grafanaUrl}${address}`, { waitUntil: 'domcontentloaded' });
  await view.page.getByRole('main').or(view.page.locator('.main-view')).first().waitFor();
  await view.settle();
  await picture(view, address.replaceAll('/', '-'));
  expect(await view.page.getByText(/unexpected error|not found|could not be/i).count()).toBe(0);
  expect(view.complaints).toEqual([]);
});

// Not on the page of the plugin: 12.4 shows no text there of a plugin whose version the catalogue of its maker does not have.
test('the text about the plugin and its pictures are served, without the catalogue', async () => {
  const text = await (await ask(admin, 'GET', `/api/plugins/${appId}/markdown/README`)).text();
  const pictures = [...text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, at]) => at!);
  expect(pictures.length).toBeGreaterThan(2);
  for (const at of pictures) {
    const { href } = new URL(at, `${grafanaUrl}/plugins/${appId}`);
    const served = await fetch(href);
    expect([served.status, served.headers.get('content-type')], href).toEqual([200, 'image/png']);
  }
});

test('a panel whose code cannot be fetched says so, and comes by itself when it can', async () => {
  const code = '**/shared.js*';
  await view.page.route(code, (route) => route.abort());
  await showDashboard(view, dashboardUids.overview);
  const said = view.page.getByText('could not be fetched from Grafana');
  await expect.poll(() => said.count()).toBeGreaterThan(1);
  await picture(view, 'code-not-fetched');
  await view.page.unroute(code);
  await view.page.locator('[data-fault]').first().waitFor();
  await expect.poll(() => said.count()).toBe(0);
});

test('the incidents of the overview are those of the monitor', async () => {
  await showDashboard(view, dashboardUids.overview);
  const answer = await ask(admin, 'GET', `/api/plugin-proxy/${appId}/viewer/api/v1/incidents`);
  const { incidents } = (await answer.json()) as { incidents: { chamber: string }[] };
  await view.page.locator('[data-fault]').first().waitFor();
  // Beside them stand faults seen once, and what has healed.
  const listed = (await view.page.locator('[data-fault]').allTextContents()).join('\n');
  for (const { chamber } of incidents) expect(listed).toContain(chamber);
});

test('the barrel shows 250 chambers, and a click opens one', async () => {
  await showDashboard(view, dashboardUids.overview);
  const chambers = view.page.locator('svg [role="button"]');
  await chambers.first().waitFor();
  expect(await chambers.count()).toBeGreaterThanOrEqual(250);
  await chambers.first().click();
  await view.page.waitForURL(/dtdqm-chamber.*var-sector=/);
});

test('the chamber is painted: its canvas holds more than one colour', async () => {
  await showDashboard(view, dashboardUids.chamber, '&var-run=0&var-wheel=0&var-station=1&var-sector=1');
  const canvas = view.page.locator('canvas').first();
  await canvas.waitFor();
  const colours = await view.page.evaluate<number>(countColours);
  expect(colours).toBeGreaterThan(10);
});

test('the data source answers, and cannot be changed', async () => {
  const health = await ask(admin, 'GET', '/api/datasources/uid/dtdqm-reporting/health');
  expect(await health.json()).toMatchObject({ status: 'OK' });
  expect(await (await ask(admin, 'GET', '/api/datasources/uid/dtdqm-reporting')).json()).toMatchObject({
    readOnly: true,
  });
});

/** The mark of a panel in trouble: in Grafana 9, and from 10 on. */
const faultyPanel =
  '.panel-info-corner--error, [data-testid="data-testid Panel status error"], [aria-label="Panel status error"]';

/** In the page, whose types are not those of this program. */
const countColours = `(() => {
  const canvas = document.querySelector('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
  return seen.size;
})()`;

async function scrollThrough({ page, settle }: GrafanaPage): Promise<void> {
  for (let step = 0; step < 6; step += 1) {
    await page.mouse.move(800, 600);
    await page.mouse.wheel(0, 600);
    await page.waitForTimeout(200);
  }
  await settle();
}

import pg from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { dashboardUids } from '@dtdqm/contract';
import { openBrowser } from '../e2e/browser.ts';
import { admin, openGrafana, picture, showDashboard, type GrafanaPage } from './grafana.ts';

const { databaseUrl } = inject('grafana');
let browser: Browser;
let view: GrafanaPage;
let database: pg.Client;
beforeAll(async () => {
  if (databaseUrl === null)
    throw new Error('with GRAFANA_URL set DATABASE_URL as well: the wall is tried without it');
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  browser = await openBrowser();
  view = await openGrafana(browser, admin);
});
afterAll(async () => {
  await browser.close();
  await database.end();
});

/** As docs/operations/grafana.md says. */
const onTheWall = '&hideLogo&_dash.hideTimePicker&_dash.hideVariables&_dash.hideLinks';

async function overflow(): Promise<{ right: number; below: number }> {
  return view.page.evaluate(`(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
    return { right: scrollWidth - clientWidth, below: scrollHeight - clientHeight };
  })()`);
}

test.each([
  [1920, 1080, ''],
  [1366, 768, '&autofitpanels'],
])('the wall fits a screen of %i x %i, and its line is not cut', async (width, height, more) => {
  await view.page.setViewportSize({ width, height });
  await showDashboard(view, dashboardUids.overview, `${onTheWall}${more}`);
  const line = view.page.getByText(/of 250 judged/).first();
  await line.waitFor();
  await picture(view, `wall-${width}`);
  expect(await overflow()).toEqual({ right: 0, below: 0 });
  const [said, panel] = await Promise.all([
    line.boundingBox(),
    view.page.locator('.react-grid-item').first().boundingBox(),
  ]);
  expect(said?.y).toBeGreaterThanOrEqual(panel?.y ?? Infinity);
  expect((said?.y ?? Infinity) + (said?.height ?? 0)).toBeLessThanOrEqual(
    (panel?.y ?? 0) + (panel?.height ?? 0),
  );
});

test('Escape in the card of an incident closes it, and leaves kiosk mode only when nothing is open', async () => {
  await showDashboard(view, dashboardUids.overview, onTheWall);
  await view.page.locator('[data-fault]').first().click();
  await view.page.getByRole('list', { name: 'History' }).waitFor();
  await view.page.keyboard.press('Escape');
  await view.page.getByRole('list', { name: 'History' }).waitFor({ state: 'detached' });
  expect(view.page.url()).toContain('kiosk');
  await view.page.keyboard.press('Escape');
  await expect.poll(() => view.page.url()).not.toContain('kiosk');
});

test('without an answer of the database the wall says so, and nothing of the detector', async () => {
  const reader = 'dtdqm_grafana';
  await view.page.setViewportSize({ width: 1920, height: 1080 });
  await database.query(`alter role ${reader} nologin`);
  try {
    await database.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
      reader,
    ]);
    await showDashboard(view, dashboardUids.overview, onTheWall);
    await view.page.getByText('no answer from the database').first().waitFor();
    await picture(view, 'wall-without-database');
    expect(await view.page.getByText(/of 250 judged/).count()).toBe(0);
    const cause = view.page.locator('code').first();
    expect(
      await cause.evaluate(
        (code: { scrollWidth: number; clientWidth: number }) => code.scrollWidth - code.clientWidth,
      ),
    ).toBeLessThanOrEqual(0);
    const [text, panel] = await Promise.all([
      cause.boundingBox(),
      view.page.getByTestId('data-testid Panel header Barrel').boundingBox(),
    ]);
    expect((text?.x ?? Infinity) + (text?.width ?? 0)).toBeLessThanOrEqual(
      (panel?.x ?? 0) + (panel?.width ?? 0),
    );
  } finally {
    await database.query(`alter role ${reader} login`);
  }
});

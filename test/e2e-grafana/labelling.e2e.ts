import pg from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { appId, dashboardUids } from '@dtdqm/contract';
import { openBrowser } from '../e2e/browser.ts';
import { ask, makeUser, openGrafana, picture, showDashboard, type Login } from './grafana.ts';

const { databaseUrl } = inject('grafana');
let browser: Browser;
let database: pg.Client;
let editor: Login;
let viewer: Login;
beforeAll(async () => {
  if (databaseUrl === null)
    throw new Error('with GRAFANA_URL set DATABASE_URL as well: what labels change is looked up there');
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  browser = await openBrowser();
  editor = await makeUser('ana', 'Editor');
  viewer = await makeUser('vera', 'Viewer');
});
afterAll(async () => {
  await browser.close();
  await database.end();
});

async function eventsOf({ user }: Login): Promise<string[]> {
  const { rows } = await database.query<{ kind: string }>(
    'select kind::text from label_event where expert = $1 order by id',
    [user],
  );
  return rows.map(({ kind }) => kind);
}

async function untilEvents(login: Login, count: number): Promise<string[]> {
  for (let patience = 100; patience > 0; patience -= 1) {
    const events = await eventsOf(login);
    if (events.length >= count) return events;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return eventsOf(login);
}

test('label, skip and undo by keyboard reach the database under the name of who is logged in', async () => {
  const view = await openGrafana(browser, editor);
  await showDashboard(view, dashboardUids.labelling);
  // By its title: where there are labels the charts are canvases as well.
  const panel = view.page.getByTestId('data-testid Panel header Next chamber').locator('canvas').first();
  await panel.waitFor();
  await panel.click();
  await view.page.keyboard.press('a');
  await view.page.keyboard.press('9');
  await view.page.keyboard.press('Enter');
  const first = await untilEvents(editor, 1);
  await picture(view, 'labelling');
  expect(first, view.proxied.join('\n')).toEqual(['label']);
  await view.page.waitForTimeout(1000);
  await view.page.keyboard.press('s');
  expect(await untilEvents(editor, 2)).toEqual(['label', 'skip']);
  const { rows } = await database.query<{ verdict: string }>(
    `select verdicts[9]::text as verdict from label_event where expert = $1 and kind = 'label'`,
    [editor.user],
  );
  expect(rows).toEqual([{ verdict: 'bad' }]);
  expect(view.complaints).toEqual([]);
});

test('a viewer may look, but not label', async () => {
  const looking = await ask(viewer, 'GET', `/api/plugin-proxy/${appId}/viewer/api/v1/runs`);
  expect(looking.status).toBe(200);
  const body = {
    run: 380_001,
    wheel: 0,
    station: 1,
    sector: 1,
    verdicts: Array.from({ length: 12 }, () => 'good'),
    idempotencyKey: 'a-viewer-tries-this',
  };
  for (const way of ['viewer', 'editor', 'admin']) {
    const refused = await ask(viewer, 'POST', `/api/plugin-proxy/${appId}/${way}/api/v1/labels`, body);
    expect([401, 403, 404, 405]).toContain(refused.status);
  }
  expect(await eventsOf(viewer)).toEqual([]);
});

test('nobody gets in without logging in', async () => {
  const stranger = await fetch(`${inject('grafana').url}/api/plugin-proxy/${appId}/viewer/api/v1/runs`);
  expect(stranger.status).toBe(401);
});

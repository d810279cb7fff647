import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { IncidentList } from '@dtdqm/contract';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { dead, storeRun } from '../incidents/toyRuns.ts';
import { axeComplaints, openPage, type Theme } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  const { database } = stage.api;
  // One fault that stays, one that heals, one that is new.
  const stays = dead([9], 1, 48);
  for (const run of [1, 2, 3, 4, 5, 6]) {
    const fresh = run >= 5 ? [dead([2, 3], 10, 20)] : [];
    const over = run <= 2 ? [dead([1], 1, 24)] : [];
    await storeRun(database, run, { a: { faults: [stays, ...fresh] }, b: { faults: over } });
    await updateIncidents(database);
  }
});
afterAll(() => stage.close());

async function openIncidents(theme: Theme = 'dark'): Promise<{ page: Page; complaints: string[] }> {
  const opened = await openPage(stage.browser, { theme });
  await opened.page.goto(`${stage.gateway.url}/incidents/`);
  await rowOf(opened.page, /layers 2-3/).waitFor();
  return opened;
}

const rowOf = (page: Page, name: RegExp) => page.locator('[data-fault]').filter({ hasText: name });

async function stateOf(layers: number[]): Promise<string | undefined> {
  const { body } = await stage.api.json('/api/v1/incidents');
  return (body as IncidentList).incidents.find((each) => String(each.layers) === String(layers))?.state;
}

describe('incidents in a browser', () => {
  it.each(['dark', 'light'] as const)(
    'axe finds nothing wrong in the %s theme, opened or not',
    async (theme) => {
      const { page, complaints } = await openIncidents(theme);
      expect(await axeComplaints(page)).toEqual([]);
      await rowOf(page, /layers 2-3/).click();
      await page.getByRole('button', { name: /^Shelve/ }).click();
      await page.getByLabel('Who looks after it').waitFor();
      expect(await axeComplaints(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  it('says how many are new, and keeps what is known quiet below', async () => {
    const { page } = await openIncidents();
    const panel = page.getByTestId('incidents-panel');
    await expect
      .poll(() => panel.getByRole('heading', { level: 2 }).allTextContents())
      .toEqual(['New · 2', 'Healed · 1']);
    await expect.poll(() => panel.locator('header').textContent()).toBe('2 new0 answeredas of run 6');
    await expect.poll(() => rowOf(page, /layer 1,/).textContent()).toContain('healed in run 5');
    await page.context().close();
  });

  it('walks by arrow keys or j and k, and acknowledges, takes back and comments by one key each', async () => {
    const { page } = await openIncidents();
    await rowOf(page, /layers 2-3/).focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('layer 9');
    await page.keyboard.press('k');
    await page.keyboard.press('a');
    await page.getByRole('button', { name: /^Take back/ }).waitFor();
    expect(await stateOf([2, 3])).toBe('acknowledged');
    await page
      .getByText('admin: acknowledge')
      .or(page.getByText(/: acknowledge/))
      .first()
      .waitFor();
    await page.keyboard.press('a');
    await page.getByRole('button', { name: /^Acknowledge/ }).waitFor();
    expect(await stateOf([2, 3])).toBe('new');
    await page.keyboard.press('c');
    await page.getByRole('textbox', { name: 'Comment' }).fill('seen before: a, s and k stay letters here');
    await page.keyboard.press('Enter');
    await page.getByText('a, s and k stay letters here').waitFor();
    expect(await stateOf([2, 3])).toBe('new');
    await page.context().close();
  });

  it('stands on the page of its chamber with its answer, and leads from there to its place', async () => {
    const { page } = await openPage(stage.browser);
    const { body } = await stage.api.json('/api/v1/incidents');
    const own = (body as IncidentList).incidents.find(({ layers }) => String(layers) === '9');
    const act = { action: 'acknowledge', idempotencyKey: 'seen-on-the-page', comment: '' };
    await stage.api.json(`/api/v1/incidents/${own?.incident}/acts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(act),
    });
    await page.goto(`${stage.gateway.url}/eval/6/-2/3/1/`);
    const link = page.getByRole('link', { name: `incident ${own?.incident}: ` });
    await link.waitFor();
    await expect.poll(() => link.textContent()).toMatch(/layer 9, .*since run 1, acknowledged by \w+/);
    await link.click();
    await page.waitForURL(`**/?at=${own?.incident}`);
    await stage.api.json(`/api/v1/incidents/${own?.incident}/acts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...act, action: 'unacknowledge', idempotencyKey: 'not-seen-after-all' }),
    });
    await page.context().close();
  });

  it('shelves with owner, reason and time, and says so when the API refuses', async () => {
    const { page } = await openIncidents();
    await rowOf(page, /layer 9/).focus();
    await page.keyboard.press('s');
    await page.keyboard.press('Enter');
    await page.getByText('the owner must not be empty').waitFor();
    await page.getByLabel('Who looks after it').fill('on-call');
    await page.getByLabel('Why it may be quiet').fill('access on Monday');
    await page.keyboard.press('Enter');
    await page.getByText('on-call until').waitFor();
    expect(await stateOf([9])).toBe('shelved');
    await page.keyboard.press('Escape');
    await rowOf(page, /layer 9/).focus();
    await page.keyboard.press('m');
    await page.getByLabel('Number of the other incident').fill('4000');
    await page.keyboard.press('Enter');
    await page.getByText(/there is no incident 4000/).waitFor();
    await page.context().close();
  });

  it('puts away by Escape what is open, and leaves the key to the page when nothing is', async () => {
    const { page } = await openIncidents();
    const escapes: string[] = [];
    await page.exposeFunction('escaped', () => escapes.push('Escape'));
    // As Grafana listens: it leaves its kiosk mode by this key.
    await page.evaluate(
      `document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') window.escaped(); })`,
    );
    await rowOf(page, /layers 2-3/).focus();
    await page.keyboard.press('c');
    await page.getByRole('textbox', { name: 'Comment' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('textbox', { name: 'Comment' }).waitFor({ state: 'detached' });
    await expect.poll(() => page.getByRole('list', { name: 'History' }).count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('list', { name: 'History' }).waitFor({ state: 'detached' });
    expect(escapes).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => escapes).toEqual(['Escape']);
    await page.context().close();
  });

  it('sends an act once, however often the answer is lost', async () => {
    const { page } = await openIncidents();
    stage.gateway.dropShare = 1;
    await rowOf(page, /layers 2-3/).focus();
    await page.keyboard.press('b');
    await page.getByText('The monitor cannot be reached').first().waitFor();
    stage.gateway.dropShare = 0;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: /^Not known bad/ }).waitFor();
    const { rows } = await stage.api.database.query(`select 1 from incident_act where action = 'known-bad'`);
    expect(rows).toHaveLength(1);
    await page.context().close();
  });

  it('leads to the chamber', async () => {
    const { page } = await openIncidents();
    await rowOf(page, /layer 9/).click();
    await page.getByRole('button', { name: 'Look at the chamber' }).click();
    await page.waitForURL(/\/eval\/6\/-2\/3\/1\/$/);
    await page.context().close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { setTimeout as delay } from 'node:timers/promises';
import { formatChamber, labelHistorySchema } from '@dtdqm/contract';
import { deleteRun } from '@dtdqm/worker/storage/runs';
import { nameOfOne, one, Stage as Story } from '../state/scenarios.ts';
import { axeComplaints, openPage, stopClock, type PageOptions } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

/** One detector, run after run: each test goes on from the one before it. */
let stage: Stage;
let story: Story;
const layer3 = { source: 'simulated' as const, chambers: { [formatChamber(one)]: [3] } };
beforeAll(async () => {
  stage = await setStage();
  story = new Story(stage.api.database);
  await story.asked();
  await story.run(380001, { source: 'simulated' });
});
afterAll(() => stage.close());

async function openNow(options: PageOptions = {}, query = ''): Promise<Page> {
  const { page } = await openPage(stage.browser, options);
  await page.clock.install();
  await page.goto(`${stage.gateway.url}/${query}`);
  await page.getByRole('group', { name: 'Incidents' }).waitFor();
  await page.locator('[data-chamber]').first().waitFor();
  return page;
}

const chamberOf = (page: Page) => page.locator(`[data-chamber="${formatChamber(one)}"]`).first();
const fillOf = (page: Page) =>
  chamberOf(page)
    .locator('path')
    .evaluate((path) => getComputedStyle(path).fill);
const legend = (page: Page) => page.getByTestId('barrel-panel').innerText();

describe('the page Now', () => {
  it('calls a simulated detector simulated and nothing quiet, on every page', async () => {
    const page = await openNow();
    await page
      .getByText(/nothing bad seen; 250 of 250 judged; run 380001, .* ago; SIMULATED/)
      .first()
      .waitFor();
    await page.getByText('the detector is simulated').first().waitFor();
    expect(await page.locator('body').innerText()).not.toMatch(/quiet/i);
    await page.getByText('No incident is open').waitFor();
    for (const path of [
      '/incidents/',
      '/eval/380001/',
      '/eval/',
      '/fetch/',
      '/data/net_scores/',
      '/nowhere/',
    ]) {
      await page.goto(stage.gateway.url + path);
      await page
        .getByText(/SIMULATED$/)
        .first()
        .waitFor();
    }
    await page.context().close();
  });

  it('shows a fault that was seen once, in the line, the list and the barrel', async () => {
    await story.run(380002, layer3);
    const page = await openNow();
    await page.getByText(/^1 bad, 1 unconfirmed; 250 of 250 judged; run 380002/).waitFor();
    expect(await legend(page)).toContain('1 bad, unconfirmed');
    const row = page.locator('[data-fault]');
    await expect
      .poll(() => row.innerText())
      .toMatch(new RegExp(`${nameOfOne}[^]*dead layer layer 3[^]*since run 380002`));
    await page.goto(`${stage.gateway.url}/incidents/`);
    await page.getByText('1 unconfirmed', { exact: true }).waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/nothing is wrong|no incident is open/i);
    await page.context().close();
  });

  it('draws the past of every fault below it: a mark a run, with its number, that leads there', async () => {
    const page = await openNow();
    const marks = page
      .locator('li', { has: page.locator('[data-fault]') })
      .getByRole('group')
      .getByRole('link');
    await marks.nth(1).waitFor();
    expect(await marks.evaluateAll((all) => all.map((mark) => mark.getAttribute('title')))).toEqual([
      'run 380001: good',
      'run 380002: bad',
    ]);
    await marks.nth(0).click();
    await page.waitForURL(/\/eval\/380001\//);
    await page.context().close();
  });

  it('takes six keys from a new fault to one that is acknowledged, logged and labelled; the barrel mutes at once', async () => {
    await story.run(380003, layer3);
    const page = await openNow();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByText(/^1 bad, 1 new;/).waitFor();
    const loud = await fillOf(page);
    await stopClock(page);
    await page.keyboard.press('a');
    await page.getByText(/^all quiet but for|^1 bad, 1 acknowledged;/).waitFor();
    expect(await fillOf(page)).not.toBe(loud);
    expect(await legend(page)).toContain('1 bad, acknowledged');
    await page.clock.resume();
    await page.getByText('last good in run 380001').waitFor();
    await page.keyboard.press('y');
    await page.getByText(/^Copied/).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(
      `${nameOfOne}: dead layer, layer 3; since run 380002; in this run; acknowledged (incident 1). ${stage.gateway.url}/eval/380003/-1/7/2/`,
    );
    await page.keyboard.press('l');
    await page.getByRole('button', { name: /^Layer 3:/ }).waitFor();
    for (const key of ['a', '3', 'Enter']) await page.keyboard.press(key);
    await page.getByText('all saved').waitFor();
    const place = new URLSearchParams({ run: '380003', wheel: '-1', station: '2', sector: '7' });
    const { body } = await stage.api.json(`/api/v1/labels/history?${place.toString()}`);
    expect(labelHistorySchema.parse(body).current?.verdicts?.slice(0, 4)).toEqual([
      'good',
      'good',
      'bad',
      'good',
    ]);
    await page.goBack();
    await page.getByText('last good in run 380001').waitFor();
    expect(new URL(page.url()).search).toBe('?at=1');
    await page.reload();
    await page.getByText('last good in run 380001').waitFor();
    await page.context().close();
  });

  it('finds chambers and runs, lists its keys, and opens a chamber that has no fault', async () => {
    const page = await openNow();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('W+1 MB3 2');
    await page.keyboard.press('Enter');
    await page.getByText('Page of W+1 MB3 S02 in run 380003').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('380001');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/eval\/380001\/$/);
    await page.context().close();
  });

  it.each([
    { width: 1920, height: 1080, theme: 'dark' },
    { width: 1366, height: 768, theme: 'light' },
  ] as const)('fits $width x $height without scrolling, with nothing for axe to say', async (options) => {
    const page = await openNow(options, '?at=1');
    await page.getByText('last good in run 380001').waitFor();
    await page.getByRole('application').nth(1).waitFor();
    const over = await page.evaluate(() => {
      const [root, main] = [document.documentElement, document.querySelector('main')];
      return [root, main].map((element) =>
        element
          ? [element.scrollHeight - element.clientHeight, element.scrollWidth - element.clientWidth]
          : [],
      );
    });
    expect(over).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(await axeComplaints(page)).toEqual([]);
    await page.context().close();
  });

  it('says in full size since when the monitor does not answer, and strikes out what it said', async () => {
    const { page } = await openPage(stage.browser);
    await page.clock.install();
    await page.goto(stage.gateway.url);
    const headline = page.getByText(/1 bad, 1 acknowledged;/);
    await headline.waitFor();
    await stopClock(page);
    const sizeOf = (text: RegExp) =>
      page
        .getByText(text)
        .first()
        .evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
    const size = await sizeOf(/1 bad, 1 acknowledged;/);
    stage.gateway.api = null;
    await page.clock.fastForward(11_000);
    await page.getByText(/^NOT CONNECTED since \d\d:\d\d$/).waitFor();
    expect(await sizeOf(/^NOT CONNECTED/)).toBe(size);
    expect(await headline.evaluate((element) => element.tagName)).toBe('S');
    stage.gateway.api = stage.api.url;
    await page.clock.fastForward(11_000);
    await page.getByText(/^NOT CONNECTED/).waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('keeps severities below one another, whatever stands in the lines', async () => {
    const others = [8, 9].map((sector) => formatChamber({ ...one, sector }));
    for (const run of [380103, 380104])
      await story.run(run, {
        ...layer3,
        chambers: { ...layer3.chambers, [others[0]!]: 'dead', [others[1]!]: [1, 2, 5] },
      });
    // One is not in the newest run any more.
    await story.run(380105, { ...layer3, chambers: { ...layer3.chambers, [others[0]!]: 'dead' } });
    for (const size of [
      { width: 1920, height: 1080 },
      { width: 1366, height: 768 },
    ]) {
      const page = await openNow(size);
      const words = page.locator('[data-fault] span', { hasText: /^(critical|warning|info)$/ });
      await words.nth(2).waitFor();
      const lefts = await words.evaluateAll((all) =>
        all.map((each) => Math.round(each.getBoundingClientRect().left)),
      );
      expect(new Set(lefts).size).toBe(1);
      await page.context().close();
    }
  });

  it('lets the pointer ask for a chamber that is absent, though there is nothing to see', async () => {
    await story.run(380106, { ...layer3, chambers: { [formatChamber(one)]: 'absent' } });
    const page = await openNow();
    const start = page.url();
    await page
      .locator(`[data-chamber="${formatChamber(one)}"][aria-label*="absent"]`)
      .first()
      .click({ timeout: 5000 });
    await expect.poll(() => page.url()).not.toBe(start);
    await page.context().close();
  });

  it.each([
    ['a computer that slept wakes, and the monitor does not answer yet', 'isHanging', 8 * 3_600_000],
    ['something on the way answers with what it kept', 'isCaching', 0],
  ] as const)('says at once that it knows nothing new when %s', async (_, fault, slept) => {
    const page = await openNow();
    const headline = page.getByText(/250 judged; run 380106/);
    await headline.waitFor();
    await stopClock(page);
    stage.gateway[fault] = true;
    try {
      await page.clock.fastForward(slept);
      const lost = page.getByText(/^NOT CONNECTED since/);
      let seconds = 0;
      for (; seconds < 90 && !(await lost.isVisible()); seconds += 1) {
        await page.clock.fastForward(1000);
        // Answers come by the clock on the wall, and so does the picture, later on a busy machine.
        await delay(slept > 0 ? 500 : 100);
      }
      // Half a minute, and one question that was on its way.
      expect(seconds).toBeLessThan(slept > 0 ? 10 : 90);
      await page.getByText('The monitor has told nothing new').waitFor();
      expect(await headline.evaluate((element) => element.tagName)).toBe('S');
    } finally {
      stage.gateway[fault] = false;
    }
    await page.clock.runFor(12_000);
    await page.getByText(/^NOT CONNECTED/).waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('shows nothing of a run that was deleted while it was looked at', async () => {
    const page = await openNow();
    await page.goto(`${stage.gateway.url}/eval/380103/`);
    await chamberOf(page).waitFor();
    await deleteRun(stage.api.database, 380103);
    await page.clock.runFor(11_000);
    await page.getByText('There is no such chamber in this run').waitFor();
    expect(await page.locator('[data-chamber]').count()).toBe(0);
    await page.context().close();
  });

  it('tells by the clock of the monitor how old a run in progress is', async () => {
    await story.run(380107, { source: 'simulated', growing: true });
    await stage.api.database.query(
      `update run set looked_at = now() - interval '20 minutes' where run = 380107`,
    );
    const { page } = await openPage(stage.browser);
    await page.clock.install({ time: Date.now() - 6 * 3_600_000 });
    await page.goto(stage.gateway.url);
    await page.getByText(/^run 380107, looks stopped 2\d min ago$/).waitFor();
    await page.context().close();
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectorStateSchema, labelHistorySchema, sliceSumSchema } from '@dtdqm/contract';
import { createExplainer } from '@dtdqm/worker/api/chambers';
import { startTestApi, type TestApi } from '../api/api.ts';
import { ruleScorer } from '../pipeline/ruleScorer.ts';
import { openWorkbench, type Workbench } from '../pipeline/workbench.ts';
import { syntheticMatrix } from '../postgres/syntheticRun.ts';
import { axeComplaints, openBrowser, openPage, stopClock, type PageOptions } from './browser.ts';
import { openGateway, type Gateway } from './gateway.ts';
import { sharedWorkbench } from './sharedBuilds.ts';

/** A DQM server, a worker that looks at it, database, API, workbench and browser, all real. */
let bench: Workbench;
let api: TestApi;
let gateway: Gateway;
let browser: Browser;
let worker: ReturnType<Workbench['worker']>;
const over = 380020;
const run = 380021;
const chamber = { wheel: 1, station: 2, sector: 1 } as const;
const address = `/eval/${run}/1/1/2/`;
const trippedLayer = 5;

/** The server shows so many times the hits of its first snapshot; layer 5 of one chamber has counted nothing since the third. */
async function look(times: number): Promise<void> {
  const healthy = syntheticMatrix(chamber, 60, run);
  bench.source.set(run, run, times).override(
    run,
    chamber,
    healthy.map((row, index) =>
      row.map((hits) => (hits > 0 ? hits * (index + 1 === trippedLayer ? Math.min(3, times) : times) : hits)),
    ),
  );
  await worker.fetchNow(run);
}

beforeAll(async () => {
  [bench, browser] = await Promise.all([openWorkbench(), openBrowser()]);
  api = await startTestApi(
    { API_REQUESTS_PER_MINUTE: '1000000' },
    {
      database: bench.database,
      databaseUrl: bench.test.url,
      explainer: createExplainer(bench.database, ruleScorer()),
    },
  );
  gateway = await openGateway(await sharedWorkbench(), api.url);
  worker = bench.worker();
  await look(1);
  // Of a run that is first seen when a newer one has data only the whole is known.
  bench.source.set(over);
  await worker.fetchNow(over);
  for (const times of [2, 3, 4, 5]) await look(times);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await gateway.close();
  await api.close();
  await bench.close();
});

async function open(path: string, options: PageOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const opened = await openPage(browser, options);
  await opened.page.goto(gateway.url + path);
  return opened;
}

const strip = (page: Page) => page.getByTestId('strip');
const picture = (page: Page) => strip(page).getByRole('application');
const span = (page: Page) => page.getByRole('region', { name: 'Span of the run' });
const badLayers = async (page: Page) =>
  strip(page)
    .getByRole('row')
    .evaluateAll((rows) => rows.slice(1).map((row) => row.querySelectorAll('td')[1]?.textContent));

describe('the inside of a run', () => {
  it('is not known of one that was over before it was looked at, and that is said', async () => {
    const { page } = await open(`/eval/${over}/1/1/2/`);
    await page.getByText(`Nothing is known of the inside of run ${over}`).waitFor();
    await page.goto(`${gateway.url}/eval/${over}/`);
    await page.getByText('Nothing is known of the inside of this run').waitFor();
    expect(await page.getByText(/no change/i).count()).toBe(0);
    await page.context().close();
  });

  it('stands in the headline of the run in progress, with its age, which grows until it is loud', async () => {
    const { page } = await openPage(browser);
    await page.clock.install();
    await page.goto(gateway.url);
    const live = page.getByRole('region', { name: 'Run in progress' });
    await live.getByText(new RegExp(`^run ${run}, live, \\d+ s behind$`)).waitFor();
    expect(await live.getByRole('alert').count()).toBe(0);
    await stopClock(page);
    // Seven minutes later by the clock of the monitor, which is what counts.
    await page.route('**/api/v1/state', async (route) => {
      const response = await route.fetch();
      const state = detectorStateSchema.parse(await response.json());
      const at = new Date(Date.parse(state.at) + 7 * 60_000).toISOString();
      await route.fulfill({ response, json: { ...state, at } });
    });
    await page.clock.fastForward(11_000);
    await live.getByRole('alert').getByText(`run ${run}, looks stopped 7 min ago`).waitFor();
    await page.context().close();
  });

  it('shows slices as they come: the layer that trips is bad from its slice on, and not before', async () => {
    const { page, complaints } = await openPage(browser);
    await page.clock.install();
    await page.goto(gateway.url + address);
    await picture(page).waitFor();
    expect(await badLayers(page)).toEqual(['none', 'none', 'none', '5', '5']);
    await stopClock(page);
    await look(6);
    await page.clock.fastForward(16_000);
    await expect.poll(() => badLayers(page), { timeout: 10_000 }).toHaveLength(6);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('counts the span that is brushed by mouse, judges it and shows it beside the run', async () => {
    const { page } = await open(address, { height: 1400 });
    await picture(page).waitFor();
    const box = await picture(page).boundingBox();
    if (!box) throw new Error('the strip has no place');
    const y = box.y + box.height / 2;
    // The last slices are the newest at the right end.
    await page.mouse.move(box.x + box.width - 14, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 20, y, { steps: 3 });
    await page.mouse.move(box.x + box.width - 60, y, { steps: 3 });
    await page.mouse.up();
    const bad = span(page).getByRole('row').filter({ hasText: '▲ bad' });
    await bad.first().waitFor();
    await expect.poll(() => bad.count()).toBe(1);
    await expect.poll(() => bad.innerText()).toContain('dead layer');
    await expect.poll(() => span(page).getByRole('application').count()).toBe(2);
    await page.context().close();
  });

  it('does the same by keys, puts the span away by Escape and opens the wires of a layer by Enter', async () => {
    const { page } = await open(address, { height: 1400 });
    await picture(page).focus();
    // To the newest slice, then up to layer 5 from the first row that arrow keys reach.
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowUp');
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowUp');
    await strip(page)
      .getByText(/^Layer 5 .*0 hits, 0 % of those expected.*bad/)
      .first()
      .waitFor({ state: 'attached' });
    await page.keyboard.press('Shift+ArrowLeft');
    await span(page).getByRole('row').filter({ hasText: '▲ bad' }).first().waitFor();
    await page.keyboard.press('Escape');
    await span(page).waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await strip(page).getByRole('button', { name: 'Wires of layer 5: back to all layers' }).waitFor();
    await strip(page)
      .getByRole('application', { name: /^Wires of layer 5/ })
      .waitFor();
    await page.context().close();
  });

  it('takes a label of a span by keys, says of what it is, shows it on the strip and takes it back', async () => {
    const { page, complaints } = await open(address, { height: 1600 });
    const label = strip(page).getByRole('toolbar', { name: 'Label this span' });
    const { wheel, station, sector } = chamber;
    const history = async () => {
      const query = `run=${run}&wheel=${wheel}&station=${station}&sector=${sector}`;
      const answer = await page.request.get(`${gateway.url}/api/v1/labels/history?${query}`);
      return labelHistorySchema.parse(await answer.json());
    };
    await picture(page).focus();
    for (const key of ['ArrowLeft', 'Space']) await page.keyboard.press(key);
    await span(page).getByRole('button', { name: 'Label this span' }).waitFor();
    // However one came to the span: Enter, below, does not press this button again.
    await strip(page)
      .getByRole('button', { name: /back to the run$/ })
      .focus();
    await page.keyboard.press('l');
    await label.getByText(/^You label .* of W\+1 MB2 S01, not the whole run 380021/).waitFor();
    await page.keyboard.press('Enter');
    await label.getByText(/^No verdict yet for layers 1, 2/).waitFor();
    for (const key of ['a', '5', 'Enter']) await page.keyboard.press(key);
    await label.waitFor({ state: 'detached' });
    const list = strip(page).getByRole('list', { name: 'Labels of spans' });
    await list.getByRole('button', { name: /: layer 5 bad; 1-4, 6-12 good$/ }).waitFor();
    const { spans, events, current } = await history();
    expect(spans).toMatchObject([{ mine: true, seen: { model: 'empty-wires@1.0.0' }, blind: false }]);
    expect([events, current]).toEqual([[], null]);
    // The keys stayed with the picture: from the newest slice of layer 1 to layer 5.
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowUp');
    await strip(page)
      .getByText(/^Layer 5 .* says bad/)
      .first()
      .waitFor({ state: 'attached' });
    await list.getByRole('button', { name: 'Take back' }).click();
    await list.waitFor({ state: 'detached' });
    expect((await history()).spans).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows why layers of a span are bad, when asked', async () => {
    const { page } = await open(address, { height: 1400 });
    await picture(page).focus();
    for (const key of ['ArrowLeft', 'Space']) await page.keyboard.press(key);
    await span(page).getByRole('button', { name: 'Saliency', exact: true }).waitFor();
    const asked = page.waitForResponse((answer) => answer.url().includes('saliency=true'));
    await page.keyboard.press('v');
    const { saliency } = sliceSumSchema.parse(await (await asked).json());
    expect(saliency?.map((wires) => wires.length > 0).indexOf(true)).toBe(trippedLayer - 1);
    await span(page).getByRole('button', { name: 'Hide saliency' }).waitFor();
    // Nothing is to be explained of what is good.
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Space');
    await span(page).getByText('no layer is bad, so there is nothing to explain').waitFor();
    await page.context().close();
  });

  it.each([
    { width: 1920, height: 1080, theme: 'dark' },
    { width: 1366, height: 768, theme: 'light' },
  ] as const)(
    'leaves Now on one screen of $width x $height, and axe nothing to say of it or of the strip',
    async (options) => {
      const { page } = await open('/', options);
      await page.getByRole('region', { name: 'Run in progress' }).waitFor();
      await page.locator('[data-chamber]').first().waitFor();
      const over = await page.evaluate(() => {
        const main = document.querySelector('main');
        return main ? [main.scrollHeight - main.clientHeight, main.scrollWidth - main.clientWidth] : [];
      });
      expect(over).toEqual([0, 0]);
      expect(await axeComplaints(page)).toEqual([]);
      await page.goto(gateway.url + address);
      await picture(page).focus();
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('Space');
      await span(page).getByRole('table').waitFor();
      await page.keyboard.press('l');
      await strip(page).getByRole('toolbar', { name: 'Label this span' }).waitFor();
      expect(await axeComplaints(page)).toEqual([]);
      await page.context().close();
    },
  );
});

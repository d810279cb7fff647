import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { colourDistance, simulate, visions } from '../../plugin/src/heatmap/colourVision.fixture.ts';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import type { Rgb } from '../../plugin/src/heatmap/style.ts';
import { axeComplaints, openPage, type Theme } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage(380000, 380001);
  const { database } = stage.api;
  // Sector 1 has had its fault in two runs, and a layer of sector 3 is bad for the first time.
  await updateIncidents(database);
  await database.query(
    `update chamber_score set verdicts[9] = 'bad' where run = 380001 and wheel = 1 and station = 2 and sector = 3`,
  );
});
afterAll(() => stage.close());

/** Address of a page, and text that is there once the page is complete. */
const pages: [path: string, ready: string][] = [
  ['/', '20 new'],
  ['/eval/380001/1/1/2/', 'W+1 MB2 S01'],
  ['/eval/', 'Save and next'],
  ['/fetch/', '380001'],
  ['/data/net_scores/', 'Certainty'],
  ['/data/contamination/', 'Nothing is labelled yet'],
  ['/reports/', 'From before'],
  ['/reports/models/', 'no training is known'],
  ['/eval/1/9/9/9/', 'There is no such page'],
];
const more: typeof pages = [
  ['/?at=W1_St2_Sec1', 'W+1 MB2 S01'],
  ['/incidents/', 'weak layer'],
  ['/eval/380001/', 'Certification draft'],
  ['/visualize/380001/1/1/2/', 'W+1 MB2 S01'],
  ['/data/new_net_scores/', 'Certainty'],
  ['/data/net_scores/?order=worst&verdict=bad', 'of 250 chambers'],
  ['/reports/certification/', 'Text to sign'],
  ['/reports/agreement/', 'No second expert yet'],
];
const themes: Theme[] = ['dark', 'light'];

/** A page of 1366x768 at 200 %. */
const zoomed = { width: 683, height: 384 };
const phone = { width: 390, height: 844 };
/** In the page. */
const isNotWider = () =>
  [document.documentElement, document.querySelector('main')!].every(
    ({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth,
  );

describe.each(themes)('in the %s theme', (theme) => {
  it.each(pages)(
    'axe finds nothing wrong with %s',
    async (path, ready) => {
      const { page, complaints } = await openPage(stage.browser, { theme });
      await page.goto(stage.gateway.url + path);
      await page.getByText(ready).first().waitFor();
      if (path === '/eval/') await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
      expect(await axeComplaints(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  it('bad chambers stand out from good ones and from the page with every kind of colour vision', async () => {
    const { page } = await openPage(stage.browser, { theme });
    await page.goto(`${stage.gateway.url}/eval/380001/`);
    const bad = page.locator('[data-chamber="W1_St2_Sec1"] path').first();
    await bad.waitFor();
    const fillOf = (key: string) =>
      page
        .locator(`[data-chamber="${key}"] path`)
        .first()
        .evaluate((path) => getComputedStyle(path).fill);
    const once = page.locator('[data-chamber="W1_St2_Sec3"] path').first();
    const edge = rgb(await once.evaluate((path) => getComputedStyle(path).stroke));
    const [loud, quiet] = [rgb(await fillOf('W1_St2_Sec1')), rgb(await fillOf('W1_St2_Sec2'))];
    for (const vision of visions) {
      for (const seen of [loud, edge])
        expect(colourDistance(simulate(seen, vision), simulate(quiet, vision))).toBeGreaterThan(15);
    }
    await expect
      .poll(() => page.locator('[data-chamber="W1_St2_Sec1"] text').first().textContent())
      .toBe('1');
    await page.context().close();
  });
});

describe('for everybody', () => {
  it('scrolls no page sideways at 200 % zoom or on a phone, and loses no button of labelling', async () => {
    const { page } = await openPage(stage.browser, { pixelRatio: 2 });
    const wide: string[] = [];
    // Made narrower where it stands: what would not follow is wider than the page then.
    const onEach = async (path: string, ready: () => Promise<void>, look: (at: string) => Promise<void>) => {
      await page.setViewportSize(zoomed);
      await page.goto(stage.gateway.url + path);
      await ready();
      await look(`${path} zoomed`);
      await page.setViewportSize(phone);
      await look(`${path} on a phone`);
    };
    for (const [path, ready] of [...pages, ...more])
      await onEach(
        path,
        () => page.getByText(ready).first().waitFor(),
        async (at) => {
          // Drawings follow the new width a frame later.
          const fits = page.waitForFunction(isNotWider, undefined, { timeout: 3_000 });
          if (
            !(await fits.then(
              () => true,
              () => false,
            ))
          )
            wide.push(at);
        },
      );
    expect(wide).toEqual([]);
    const layers = page.getByRole('table', { name: 'Layers' });
    const isBad = () => layers.getByText('▲ bad').waitFor();
    await onEach('/eval/380001/1/1/2/', isBad, isBad);
    await onEach(
      '/eval/?blind=false&open=380001/1/1/2',
      () => page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor(),
      async () => {
        await isBad();
        for (const name of [/^All good/, /^Save and next/, /^Undo/, /^Keys/]) {
          const button = page.getByRole('button', { name });
          await button.scrollIntoViewIfNeeded();
          await expect.poll(() => button.isVisible()).toBe(true);
        }
      },
    );
    await page.context().close();
  });

  it('gives screen readers the barrel as a table and each layer in words', async () => {
    const { page } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/eval/380001/`);
    const table = page.getByRole('table', { name: 'Chambers by wheel, station and sector' });
    await table.waitFor();
    await expect.poll(() => table.getByRole('row').count()).toBe(21);
    await expect
      .poll(() =>
        table.getByRole('cell', { name: 'W+1 MB2 S01: bad, new; weak layer since run 380000' }).count(),
      )
      .toBe(1);
    await page.goto(`${stage.gateway.url}/eval/380001/1/1/2/`);
    const layers = page.getByRole('table', { name: 'Layers' });
    await layers.waitFor();
    await expect
      .poll(() => layers.getByRole('cell', { name: /60 wires, .* hits a wire/ }).count())
      .toBeGreaterThan(0);
    await page.context().close();
  });

  it('reaches every chamber by keyboard and opens it with Enter', async () => {
    const { page } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/eval/380001/`);
    await page.locator('svg [data-chamber="W-2_St1_Sec1"]').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-chamber'))).toBe(
      'W-2_St2_Sec2',
    );
    await page.keyboard.press('Enter');
    await page.getByText('W-2 MB2 S02').waitFor();
    expect(new URL(page.url()).pathname).toBe('/eval/380001/-2/2/2/');
    await page.context().close();
  });

  it('moves nothing when less motion is asked for', async () => {
    const { page } = await openPage(stage.browser, { reducedMotion: true });
    await page.goto(`${stage.gateway.url}/eval/380001/1/1/2/`);
    await page.getByText('W+1 MB2 S01').waitFor();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.context().close();
  });
});

function rgb(css: string): Rgb {
  return (css.match(/\d+/g) ?? []).slice(0, 3).map(Number) as unknown as Rgb;
}

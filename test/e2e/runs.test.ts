import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { openPage, stopClock } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage(380001, 380002);
});
afterAll(() => stage.close());

async function openRuns(): Promise<Page> {
  const { page } = await openPage(stage.browser);
  await page.clock.install();
  await page.goto(`${stage.gateway.url}/fetch/`);
  await page.getByRole('button', { name: 'Delete run 380001' }).waitFor();
  return page;
}

const statusOf = async (run: number) => (await stage.api.fetch(`/api/v1/runs/${run}`)).status;

async function askToDelete(page: Page, run: number): Promise<void> {
  await page.getByRole('button', { name: `Delete run ${run}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText(`Run ${run} is about to be deleted`).waitFor();
}

describe('runs in a browser', () => {
  it('deletes nothing before the time to change one’s mind is over, nor when the page goes away', async () => {
    const page = await openRuns();
    await stopClock(page);
    await askToDelete(page, 380001);
    await page.clock.fastForward(7900);
    await page.getByRole('button', { name: 'Keep it' }).click();
    await askToDelete(page, 380002);
    await page.clock.fastForward(7900);
    await page.reload();
    await page.getByRole('button', { name: 'Delete run 380001' }).waitFor();
    const askedAgain = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/runs'));
    await page.clock.fastForward(60_000);
    await askedAgain;
    expect([await statusOf(380001), await statusOf(380002)]).toEqual([200, 200]);
    await page.context().close();
  });

  it('deletes the run, and it alone, once that time is over', async () => {
    const page = await openRuns();
    await stopClock(page);
    await askToDelete(page, 380002);
    const deleted = page.waitForResponse((answer) => answer.request().method() === 'DELETE');
    await page.clock.fastForward(8000);
    expect((await deleted).status()).toBe(200);
    await page.getByRole('button', { name: 'Delete run 380002' }).waitFor({ state: 'detached' });
    expect([await statusOf(380001), await statusOf(380002)]).toEqual([200, 404]);
    await page.context().close();
  });

  it('asks for a fetch and for scores anew, and refuses what is no run number', async () => {
    const page = await openRuns();
    await page.getByRole('textbox', { name: 'Fetch a run' }).fill('30263x');
    await page.getByText('must be a run number').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Fetch', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Score run 380001 anew' }).click();
    await page.getByRole('button', { name: 'Fetch run 380001 again' }).click();
    await expect.poll(() => stage.api.asked).toEqual(['reevaluate 380001', 'fetch 380001']);
    await page.context().close();
  });

  it('reaches every run from the page of one: step by step, from the list, and by its number', async () => {
    // 250 runs between the two that have chambers: more than the list of the newest holds.
    await stage.api.database.query(
      `insert into run (run, dataset, status) select run, 'Global/Online/ALL', 'LOADING' from generate_series(380100, 380349) run`,
    );
    const { page } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/eval/380001/`);
    const chosen = page.getByRole('combobox', { name: 'Run', exact: true });
    await expect.poll(() => chosen.inputValue()).toBe('380001');
    await expect.poll(() => page.getByRole('button', { name: 'Older run' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Newer run' }).click();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/eval/380100/');
    await page.getByRole('button', { name: 'Older run' }).click();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/eval/380001/');
    await chosen.selectOption('380140');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/eval/380140/');
    const typed = page.getByRole('spinbutton', { name: 'Go to run number' });
    await typed.fill('380349');
    await typed.press('Enter');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/eval/380349/');
    await page.getByRole('button', { name: 'Newer run' }).and(page.locator(':disabled')).waitFor();
    await page.context().close();
  });
});

describe('a list of chambers', () => {
  it('is answered at once, after a question, and all of it is taken back', async () => {
    const { page } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/data/net_scores/?order=worst&run=380001&kind=weak-layer&wheel=-2`);
    const main = page.locator('main');
    await main.getByText('4 of 250 chambers of run 380001').waitFor();
    await main.getByRole('button', { name: 'As the detector says' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Label 4 chambers of run 380001').waitFor();
    await dialog.getByRole('button', { name: 'Label them' }).click();
    await main.getByText('4 chambers labelled').waitFor();
    const labels = async () =>
      (
        await stage.api.database.query<{ bad: number; blind: boolean }>(
          `select array_position(verdicts, 'bad') as bad, blind from current_label where run = 380001`,
        )
      ).rows;
    expect(await labels()).toEqual(Array.from({ length: 4 }, () => ({ bad: 9, blind: false })));
    await main.getByRole('button', { name: 'Take all of it back' }).click();
    await main.getByText('The labels of 4 chambers were taken back').waitFor();
    expect(await labels()).toEqual([]);
    await page.context().close();
  });
});

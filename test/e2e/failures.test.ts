import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { labelHistorySchema } from '@dtdqm/contract';
import { verdictsOf } from '../labels/labelled.ts';
import { openPage } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage(380001);
});
afterAll(() => stage.close());

/** Lets the line answer in the API's place, as an API in that state would. */
async function answerWith(
  page: Page,
  status: number,
  id: string,
  message = 'said by the API',
): Promise<void> {
  await page.route('**/api/v1/**', (route) =>
    route.fulfill({
      status,
      contentType: 'application/json',
      headers: status === 429 ? { 'Retry-After': '1' } : {},
      body: JSON.stringify({ error: { id, message } }),
    }),
  );
}

const failures: [status: number, id: string, title: string, advice: RegExp][] = [
  [401, 'not-authenticated', 'The monitor does not accept the token', /set the API token anew/],
  [403, 'not-allowed', 'You may look, but not do this', /needs the role Editor/],
  [429, 'too-many-requests', 'The monitor asks for a pause', /goes on by itself/],
  [500, 'internal', 'The monitor made a mistake', /The log of the API tells more/],
  [503, 'unavailable', 'The monitor is starting or its database is away', /tried again by itself/],
];

describe('what goes wrong is said, with the next step', () => {
  it.each(failures)('%i', async (status, id, title, advice) => {
    const { page } = await openPage(stage.browser);
    await answerWith(page, status, id);
    for (const path of ['/', '/eval/', '/eval/380001/1/1/2/', '/incidents/', '/fetch/']) {
      await page.goto(stage.gateway.url + path);
      await page.getByText(title).first().waitFor();
      // The line above says it first.
      await expect.poll(() => page.locator('main').innerText(), { timeout: 15_000 }).toMatch(advice);
    }
    await page.context().close();
  });

  it('an API that cannot be reached, and labelling goes on by itself once it can', async () => {
    const { page } = await openPage(stage.browser);
    stage.gateway.api = null;
    await page.goto(`${stage.gateway.url}/eval/`);
    await page.locator('main').getByText('The monitor cannot be reached').waitFor();
    stage.gateway.api = stage.api.url;
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    await page.context().close();
  });

  it('a run that is not there', async () => {
    const { page } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/eval/379999/1/1/2/`);
    await page.getByText('There is no such chamber in this run').waitFor();
    await expect.poll(() => page.locator('main').innerText()).toMatch(/Choose another run or chamber/);
    await page.context().close();
  });

  it('an answer of another shape', async () => {
    const { page } = await openPage(stage.browser);
    await page.route('**/api/v1/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<p>login' }),
    );
    await page.goto(`${stage.gateway.url}/eval/`);
    await page.locator('main').getByText('The answer was not understood').waitFor();
    await page.context().close();
  });

  it('a label that somebody else gave meanwhile, with both versions, and the expert chooses', async () => {
    const place = { run: 380001, wheel: 1, station: 2, sector: 1 } as const;
    const { page } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/eval/?open=380001%2F1%2F1%2F2`);
    await page.getByRole('button', { name: /Layer 1:/ }).waitFor();
    const body = {
      ...place,
      verdicts: verdictsOf(2, 'bad'),
      idempotencyKey: 'somebody-else-0001',
      note: 'by another hand',
    };
    await stage.api.fetch('/api/v1/labels', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    await page.getByTestId('chamber-panel').focus();
    for (const key of ['a', '1', 'Enter']) await page.keyboard.press(key);
    const card = page.getByRole('alert').filter({ hasText: 'Somebody else labelled W+1 MB2 S01' });
    await card.waitFor();
    await expect.poll(() => card.innerText()).toMatch(/Yours: bad: 1; others good[^]*all bad/);
    await card.getByRole('button', { name: 'Mine stands' }).click();
    await page.getByText('all saved').waitFor();
    const query = new URLSearchParams(Object.entries(place).map(([name, value]) => [name, String(value)]));
    const { body: answer } = await stage.api.json(`/api/v1/labels/history?${query.toString()}`);
    expect(labelHistorySchema.parse(answer).current?.verdicts?.slice(0, 2)).toEqual(['bad', 'good']);
    await page.context().close();
  });
});

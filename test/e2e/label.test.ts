import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { openPage } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage(380001);
}, 90_000);
afterAll(() => stage.close());

async function openLabelling(query = ''): Promise<Page> {
  const { page } = await openPage(stage.browser);
  await page.goto(`${stage.gateway.url}/eval/${query}`);
  await page.getByRole('button', { name: /Layer 1: not answered/ }).waitFor();
  return page;
}

async function events(): Promise<{ kind: string; verdicts: (string | null)[] | null; note: string }[]> {
  const answer = await stage.api.fetch('/api/v1/labels/export?format=jsonl');
  const text = await answer.text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { kind: string; verdicts: (string | null)[] | null; note: string });
}

const settled = (page: Page) => page.getByText('all saved').waitFor();

describe('labelling in a browser', () => {
  it('takes "eleven good, one bad" in three keystrokes, stores it, and goes on', async () => {
    const page = await openLabelling();
    const before = (await events()).length;
    const heading = await page.getByTestId('chamber-panel').locator('header').textContent();
    await page.keyboard.press('a');
    await page.keyboard.press('1');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    expect(await page.getByTestId('chamber-panel').locator('header').textContent()).not.toBe(heading);
    await settled(page);
    const stored = (await events()).slice(before);
    expect(stored).toHaveLength(1);
    expect(stored[0]?.verdicts?.[0]).toBe('bad');
    expect(stored[0]?.verdicts?.slice(1).every((verdict) => verdict !== 'bad')).toBe(true);
    await page.context().close();
  });

  it('does by mouse what keys do, and names the key on every button', async () => {
    const page = await openLabelling();
    const before = (await events()).length;
    for (const name of [
      'All good a',
      'All bad b',
      'Save and next ⏎',
      'Skip s',
      'Undo u',
      'Note n',
      'Fault kind f',
    ]) {
      expect(
        await page
          .getByRole('button')
          .filter({ hasText: name.replace(/ (\S+)$/, '$1') })
          .count(),
      ).toBe(1);
    }
    await page.getByRole('button', { name: /^All bad/ }).click();
    await page.getByRole('button', { name: /^Save and next/ }).click();
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    await settled(page);
    const [label] = (await events()).slice(before);
    expect(label?.verdicts?.filter((verdict) => verdict !== null).every((verdict) => verdict === 'bad')).toBe(
      true,
    );
    await page.context().close();
  });

  it('lists all keys with ?, keeps a note, and leaves keys outside the panel alone', async () => {
    const page = await openLabelling();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await page.getByRole('dialog').locator('kbd').count()).toBe(22);
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.getByRole('textbox', { name: 'Note about this chamber' }).fill('seen before: abs');
    await page.keyboard.press('Enter');
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await settled(page);
    expect((await events()).at(-1)?.note).toBe('seen before: abs');
    await page.locator('nav a').first().focus();
    await page.keyboard.press('b');
    expect(await page.getByRole('button', { name: 'Layer 1: not answered' }).count()).toBe(1);
    await page.context().close();
  });

  it('undoes labels and skips, back to what was said', async () => {
    const page = await openLabelling();
    const first = await page.getByTestId('chamber-panel').locator('header').textContent();
    for (const key of ['b', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    await page.keyboard.press('s');
    await settled(page);
    await page.keyboard.press('u');
    await page.keyboard.press('u');
    await page.getByRole('button', { name: 'Layer 1: bad' }).waitFor();
    expect((await page.getByTestId('chamber-panel').locator('header').textContent())?.slice(0, 12)).toBe(
      first?.slice(0, 12),
    );
    await settled(page);
    const kinds = (await events()).slice(-4).map(({ kind }) => kind);
    expect(kinds).toEqual(['label', 'skip', 'undo', 'undo']);
    await page.context().close();
  });

  it('keeps scores out of the page until a blind answer is given', async () => {
    const page = await openLabelling('?blind=true');
    const panel = page.getByTestId('chamber-panel');
    expect(await panel.innerText()).not.toMatch(/\b0\.\d\d\b/);
    expect(await panel.getByText('good', { exact: true }).count()).toBe(0);
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await page
      .getByText(/0\.\d\d/)
      .first()
      .waitFor();
    await page.context().close();
  });

  it('loses nothing and doubles nothing while answers are dropped, the tab reloads and the API goes away', async () => {
    const page = await openLabelling();
    const before = (await events()).filter(({ kind }) => kind === 'label').length;
    stage.gateway.dropShare = 0.3;
    for (let count = 1; count <= 20; count += 1) {
      await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
      await page.keyboard.press('a');
      await page.keyboard.press('Enter');
      if (count === 7) await page.reload();
      if (count === 14) {
        stage.gateway.api = null;
        setTimeout(() => (stage.gateway.api = stage.api.url), 700);
      }
    }
    await settled(page);
    stage.gateway.dropShare = 0;
    expect(stage.gateway.dropped).toBeGreaterThan(0);
    expect((await events()).filter(({ kind }) => kind === 'label').length - before).toBe(20);
    await page.context().close();
  }, 90_000);
});

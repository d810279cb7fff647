import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import type { LabelMark } from '@dtdqm/contract';
import { openPage } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage(380001);
});
afterAll(() => stage.close());

async function openPicture(path = '?blind=false'): Promise<{ page: Page; picture: Locator }> {
  const { page } = await openPage(stage.browser);
  await page.goto(`${stage.gateway.url}/eval/${path}`);
  const picture = page.getByRole('application').first();
  await picture.waitFor();
  return { page, picture };
}

/** A point of the picture in page coordinates, by shares of its width and height. */
async function at(picture: Locator, right: number, down: number): Promise<[x: number, y: number]> {
  const box = await picture.boundingBox();
  if (!box) throw new Error('no picture');
  return [box.x + box.width * right, box.y + box.height * down];
}

async function latestMarks(): Promise<LabelMark[]> {
  const text = await (await stage.api.fetch('/api/v1/labels/export?format=jsonl')).text();
  const [latest] = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { marks: LabelMark[] })
    .slice(-1);
  return latest?.marks ?? [];
}

describe('dragging along the wires', () => {
  it('says where the layers are bad, and the label tells it', async () => {
    const { page, picture } = await openPicture();
    await page.keyboard.press('b');
    await page.mouse.move(...(await at(picture, 0.3, 0.2)));
    await page.mouse.down();
    await page.mouse.move(...(await at(picture, 0.5, 0.2)), { steps: 4 });
    await page.mouse.up();
    await page.keyboard.press('Enter');
    await page.getByText('all saved').waitFor();
    const [mark] = await latestMarks();
    expect(mark?.wires?.first).toBeGreaterThan(1);
    expect(mark?.wires?.last).toBeGreaterThan(mark!.wires!.first + 5);
    await page.context().close();
  });

  it('ends where the button is let go, inside the picture or not', async () => {
    const { page, picture } = await openPicture();
    await page.keyboard.press('b');
    await page.mouse.move(...(await at(picture, 0.3, 0.2)));
    await page.mouse.down();
    await page.mouse.move(...(await at(picture, 0.4, 0.2)), { steps: 4 });
    await page.mouse.move(...(await at(picture, 0.4, -0.1)));
    await page.mouse.up();
    await page.mouse.move(...(await at(picture, 0.8, 0.2)), { steps: 4 });
    await page.keyboard.press('Enter');
    await page.getByText('all saved').waitFor();
    const [mark] = await latestMarks();
    const { first = 0, last = 0 } = mark?.wires ?? {};
    expect(first).toBeGreaterThan(1);
    // A tenth of the picture; with what was hovered after it, half.
    expect(last - first).toBeLessThan(first);
    await page.context().close();
  });
});

describe('a pinned cell', () => {
  it('stays while the pointer goes elsewhere and into it, until it is let go', async () => {
    const { page, picture } = await openPicture('380001/0/1/1/');
    await page.mouse.click(...(await at(picture, 0.2, 0.1)));
    const unpin = page.getByRole('button', { name: 'Unpin' });
    await unpin.waitFor();
    const told = picture.locator('strong');
    const pinned = await told.textContent();
    await page.mouse.move(...(await at(picture, 0.7, 0.5)));
    expect(await told.textContent()).toBe(pinned);
    await told.click();
    expect(await told.textContent()).toBe(pinned);
    await unpin.click();
    await unpin.waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('goes with its chamber', async () => {
    const { page, picture } = await openPicture();
    await page.mouse.click(...(await at(picture, 0.2, 0.1)));
    await page.getByRole('button', { name: 'Unpin' }).waitFor();
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    expect(await page.getByRole('button', { name: 'Unpin' }).count()).toBe(0);
    await page.context().close();
  });

  it('is reached by arrow keys, which read it out, and the space bar', async () => {
    const { page, picture } = await openPicture('380001/0/1/1/');
    const escapes: string[] = [];
    await page.exposeFunction('escaped', () => escapes.push('Escape'));
    // As Grafana listens: it leaves its kiosk mode by this key.
    await page.evaluate(
      `document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') window.escaped(); })`,
    );
    await picture.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    await expect
      .poll(() => picture.locator('[aria-live]').textContent())
      .toMatch(/^Layer 11, wire 2: \d+ hits$/);
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'Unpin' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Unpin' }).waitFor({ state: 'detached' });
    expect(escapes).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => escapes).toEqual(['Escape']);
    await page.context().close();
  });
});

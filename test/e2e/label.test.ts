import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Page } from 'playwright-core';
import { chamberOfRunSchema, queueProgressSchema } from '@dtdqm/contract';
import { leaseChamber } from '@dtdqm/worker/storage/queue/leases';
import { savePreview } from '@dtdqm/worker/storage/preview';
import { previewOf } from '../labels/previewOf.ts';
import { openPage } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage(380001);
});
afterAll(() => stage.close());

async function openLabelling(query = '?blind=false'): Promise<Page> {
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
      'As the model says m',
      'Save and next ⏎',
      'Skip s',
      'Undo u',
      'Note n',
      'Fault kind f',
    ]) {
      await expect
        .poll(() =>
          page
            .getByRole('button')
            .filter({ hasText: name.replace(/ (\S+)$/, '$1') })
            .count(),
        )
        .toBe(1);
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
    await expect.poll(() => page.getByRole('dialog').locator('kbd').count()).toBe(23);
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.getByRole('textbox', { name: 'Note about this chamber' }).fill('seen before: abs');
    await page.keyboard.press('Enter');
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await settled(page);
    expect((await events()).at(-1)?.note).toBe('seen before: abs');
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    await page.locator('nav a').first().focus();
    await page.keyboard.press('b');
    expect(await page.getByRole('button', { name: 'Layer 1: not answered' }).count()).toBe(1);
    await page.context().close();
  });

  it('can be read in small windows: every layer on a narrow page, all keys in a low one', async () => {
    const page = await openLabelling();
    await page.setViewportSize({ width: 480, height: 700 });
    const height = async () =>
      (await page.getByRole('button', { name: 'Layer 1: not answered' }).boundingBox())?.height ?? 0;
    await expect.poll(height).toBeGreaterThan(11);
    await page.setViewportSize({ width: 1366, height: 500 });
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await expect.poll(async () => (await keys.boundingBox())?.y ?? 0).toBeGreaterThan(60);
    await keys.locator('dd').getByText('Keys', { exact: true }).click();
    await page.context().close();
  });

  it('takes a kind of fault by one key in the list of kinds, which no layer behind it hears', async () => {
    const page = await openLabelling();
    const kinds = page.getByRole('dialog', { name: 'What kind of fault is it?' });
    for (const key of ['a', '1', 'f']) await page.keyboard.press(key);
    const deadLayer = kinds.getByRole('button', { name: 'dead layer' });
    await expect.poll(() => deadLayer.locator('kbd').textContent()).toBe('3');
    for (const key of ['s', '3']) await page.keyboard.press(key);
    await kinds.waitFor({ state: 'hidden' });
    await expect.poll(() => page.getByRole('button', { name: /Layer \d+: bad/ }).count()).toBe(1);
    await page.keyboard.press('f');
    await kinds.getByRole('button', { name: 'dead layer', pressed: true }).waitFor();
    await page.keyboard.press('f');
    await kinds.waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await settled(page);
    const { rows } = await stage.api.database.query<{ kind: string }>(
      `select marks -> 0 ->> 'kind' as kind from label_event where kind = 'label' order by id desc limit 1`,
    );
    expect(rows).toEqual([{ kind: 'dead-layer' }]);
    await page.context().close();
  });

  it('takes own keys, which the buttons show and a reload keeps, and says what is wrong with others', async () => {
    const page = await openLabelling();
    await page.keyboard.press('?');
    await page.getByText('Own keys', { exact: true }).click();
    const own = page.getByRole('textbox', { name: 'Own keys' });
    const use = page.getByRole('button', { name: 'Use these keys' });
    await own.fill('{"all-bad": "a"}');
    await use.click();
    await page
      .getByRole('alert')
      .getByText('"all-good" and "all-bad" cannot both be on the key a.')
      .waitFor();
    await own.fill('{"all-bad": "x", "layer-1": "y"}');
    await use.click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Layer 1: bad' }).waitFor();
    await page.keyboard.press('y');
    await page.getByRole('button', { name: 'Layer 1: good' }).waitFor();
    await page.reload();
    await page
      .getByRole('button', { name: /^All bad/ })
      .filter({ hasText: 'x' })
      .waitFor();
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

  it('keeps what the model says out of the page, and does not fetch it, until a blind answer is given', async () => {
    const { page } = await openPage(stage.browser);
    const fetched: string[] = [];
    page.on('response', (response) => {
      if (/\/(chambers|queue)\//.test(response.url()))
        void response.text().then(
          (text) => fetched.push(text),
          () => undefined,
        );
    });
    await page.goto(`${stage.gateway.url}/eval/`);
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    const panel = page.getByTestId('chamber-panel');
    await panel.getByText('blind: scores and other labels appear after your answer').waitFor();
    expect(await panel.innerText()).not.toMatch(/\b0\.\d\d\b/);
    expect(await panel.getByText('good', { exact: true }).count()).toBe(0);
    await page.keyboard.press('m');
    await panel.getByText('hidden until you have answered').waitFor();
    expect(await page.getByRole('button', { name: /Layer \d+: (bad|good)/ }).count()).toBe(0);
    expect(fetched.join()).not.toMatch(/score|saliency|verdicts/);
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await page
      .getByText(/0\.\d\d/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /^Next/ }).waitFor();
    await page.context().close();
  });

  it('shows a random draw blind also to those who want to see scores first', async () => {
    const { page } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/eval/?blind=false&audit=true&open=380001/1/3/2`);
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    await page.keyboard.press('r');
    await page.getByText('Drawn at random: answer first').waitFor();
    expect(await page.getByTestId('chamber-panel').innerText()).not.toMatch(/\b0\.\d\d\b/);
    await page.context().close();
  });

  it('asks once a run by which methods saliency can be had', async () => {
    const { page } = await openPage(stage.browser);
    const asked: string[] = [];
    page.on('request', (request) => {
      const [, run] = /chambers\/(\d+)\/.*\/saliency$/.exec(request.url()) ?? [];
      if (run !== undefined) asked.push(run);
    });
    await page.goto(`${stage.gateway.url}/eval/?blind=false&open=380001/1/1/3`);
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    await page.keyboard.press('v');
    const methods = page.getByRole('combobox', { name: 'Method of saliency' });
    const runs = new Set<string>();
    for (let chamber = 0; chamber < 3; chamber += 1) {
      await expect.poll(() => methods.getByRole('option').count()).toBeGreaterThan(1);
      const [run = ''] = (new URL(page.url()).searchParams.get('open') ?? '').split('/');
      runs.add(run);
      await page.keyboard.press('a');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    }
    expect(runs.size).toBeLessThan(3);
    expect(new Set(asked).size).toBe(asked.length);
    await page.context().close();
  });

  it('takes over what the model says by one key', async () => {
    const { page } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/eval/?blind=false&open=380001/1/1/2`);
    await page.getByRole('button', { name: 'Layer 9: not answered' }).waitFor();
    await page.keyboard.press('m');
    await page.getByRole('button', { name: 'Layer 9: bad' }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: /Layer \d+: good/ }).count()).toBe(11);
    await page.context().close();
  });

  it('has an address for every chamber and answer: reload, link and back lead there', async () => {
    const page = await openLabelling();
    const place = () => new URL(page.url()).searchParams.get('open');
    const heading = () => page.getByTestId('chamber-panel').locator('header span').first().textContent();
    const [first, name] = [place(), await heading()];
    expect(await page.title()).toBe(`Label ${name}, run 380001 · DT occupancy monitor`);
    for (const key of ['a', '1', 'Shift+Digit2']) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Layer 2: not-sure' }).waitFor();
    const address = page.url();
    await page.reload();
    await page.getByRole('button', { name: 'Layer 2: not-sure' }).waitFor();
    await page.getByRole('button', { name: 'Layer 1: bad' }).waitFor();
    expect([place(), await heading()]).toEqual([first, name]);
    const other = await openPage(stage.browser);
    await other.page.goto(address);
    await other.page.getByRole('button', { name: 'Layer 2: not-sure' }).waitFor();
    await other.page.context().close();

    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    const second = place();
    expect(second).not.toBe(first);
    await settled(page);
    await page.goBack();
    await page.getByRole('button', { name: 'Layer 1: bad' }).waitFor();
    expect([place(), await heading()]).toEqual([first, name]);
    const before = await events();
    await page.keyboard.press('Enter');
    await page.getByText('Already so: your label says this').waitFor();
    expect(await events()).toEqual(before);
    await page.goForward();
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    expect(place()).toBe(second);
    await page.context().close();
  });

  it('holds a chamber from the first mark on, and says so when somebody else was quicker', async () => {
    const { database } = stage.api;
    const leased = async () =>
      (await database.query(`select run, wheel, station, sector from queue where state = 'leased'`)).rows;
    await database.query(`update queue set state = 'waiting', lease_id = null, lease_by = null, lease_until = null
      where state = 'leased'`);
    const page = await openLabelling();
    const [run, wheel, sector, station] = (new URL(page.url()).searchParams.get('open') ?? '')
      .split('/')
      .map(Number);
    const chamber = chamberOfRunSchema.parse({ run, wheel, sector, station });
    await page.keyboard.press('?');
    await page.keyboard.press('Escape');
    expect(await leased()).toEqual([]);
    await leaseChamber(database, 'bo', chamber);
    await page.keyboard.press('1');
    await page.getByText('Not yours: bo is labelling this chamber.').waitFor();
    const before = (await events()).length;
    for (const key of ['a', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
    expect(new URL(page.url()).searchParams.get('open')).not.toBe([run, wheel, sector, station].join('/'));
    expect((await events()).length).toBe(before);
    await page.keyboard.press('1');
    await expect.poll(async () => (await leased()).length).toBeGreaterThan(1);
    await page.context().close();
  });

  it('asks for a click where its keys are not heard', async () => {
    const page = await openLabelling();
    const invitation = page.getByRole('button', { name: 'Click or press Enter to label' });
    expect(await invitation.isVisible()).toBe(false);
    await page.locator('nav a').first().focus();
    await invitation.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('b');
    await page.getByRole('button', { name: 'Layer 1: bad' }).waitFor();
    expect(await invitation.isVisible()).toBe(false);
    await page.context().close();
  });

  it('tells how far the session, the expert and the queue have come, the same after a reload', async () => {
    const page = await openLabelling();
    const progress = page.getByText(/this session \d+ labelled/).locator('..');
    // Up to "250 left": how often the model is wrong, which may follow, is of what has been drawn so far.
    const told = async () =>
      ((await progress.textContent()) ?? '').split(' left')[0]?.match(/\d+/g)?.map(Number) ?? [];
    await progress.waitFor();
    const labels = (await told())[0] ?? NaN;
    for (const key of ['a', 'Enter']) await page.keyboard.press(key);
    await settled(page);
    await page.getByText(`this session ${labels + 1} labelled`).waitFor();
    // The next chamber is leased meanwhile, of which the page hears with its next answer.
    await vi.waitFor(async () => {
      const { body } = await stage.api.json('/api/v1/queue/progress');
      const { mine, total, waiting, leased } = queueProgressSchema.parse(body);
      const { perHour = null, skips = 0 } = mine.session ?? {};
      expect(await told()).toEqual([
        labels + 1,
        skips,
        ...(perHour === null ? [] : [Math.round(perHour)]),
        mine.labels,
        waiting + leased,
        total,
      ]);
    }, 10_000);
    await page.reload();
    await page.getByText(`this session ${labels + 1} labelled`).waitFor();
    await page.context().close();
  });

  it('tells after a label how many layers all labels would change, and leads to which', async () => {
    await savePreview(stage.api.database, previewOf(380001, '0'));
    const page = await openLabelling('');
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    const line = page.getByText(/^After 40 labelled chambers: 2 more layers of run 380001 would be bad/);
    await line.waitFor();
    await expect.poll(() => line.textContent()).toMatch(/\d+ labels? since (is|are) not in it\./);
    expect(await line.textContent()).not.toMatch(/MB\d/);
    await line.getByRole('link', { name: 'Which' }).click();
    await page.getByText('2 layers that would be bad').waitFor();
    await expect.poll(() => page.getByRole('row', { name: /^W\+1 MB2 S03 380001 8/ }).isVisible()).toBe(true);
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
      if (count === 7) await page.goto(`${stage.gateway.url}/eval/?blind=false`);
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
  });
});

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { buildWorkbench } from '@dtdqm/plugin/workbench';
import { openBrowser } from '../../test/e2e/browser.ts';
import { openGateway, type Gateway } from '../../test/e2e/gateway.ts';
import { seedRuns } from '../api/seed.ts';
import { openBenchStorage, startServer } from '../harness.ts';

/** Browser, gateway, API in a process of its own and PostgreSQL with as many runs stored as asked for. */
export interface Rig {
  browser: Browser;
  gateway: Gateway;
  /** Chambers stored. */
  chambers: number;
  /** Kills the API as `kill -9` does and starts another. */
  restartApi(): Promise<void>;
  countLabels(): Promise<number>;
  close(): Promise<void>;
}

/** Runs of which the pictures are 60 wires wide; the others are a wire wide, because nobody looks at them. */
const wideRuns = 40;

export async function setUp(runs: number): Promise<Rig> {
  const storage = await openBenchStorage();
  const token = randomUUID();
  const chambers = await seedRuns(storage.database, runs);
  await storage.database.query(
    `update chamber set width = 60, total_hits = 14400, hits = array_fill(20, array[720]) where run > $1`,
    [runs - wideRuns],
  );
  const { dir } = await buildWorkbench(join(storage.directory, 'workbench'));
  const startApi = () => startServer('api/serverProcess.ts', storage.url, token);
  let api = await startApi();
  const gateway = await openGateway(dir, api.url, {
    Authorization: `Bearer ${token}`,
    'X-Grafana-User': 'bench',
    'X-Dtdqm-Role': 'Editor',
  });
  const browser = await openBrowser();
  return {
    browser,
    gateway,
    chambers,
    async restartApi() {
      api.process.kill('SIGKILL');
      api = await startApi();
      gateway.api = api.url;
    },
    async countLabels() {
      const { rows } = await storage.database.query<{ count: number }>(
        `select count(*)::integer as count from label_event where kind = 'label'`,
      );
      return rows[0]?.count ?? 0;
    },
    async close() {
      await browser.close();
      await gateway.close();
      api.process.kill();
      await storage.close();
    },
  };
}

/** Until a chamber is there to be labelled. */
export async function untilShown(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Layer 1: not answered' }).waitFor({ timeout: 120_000 });
}

/** Until the outbox is empty. */
export async function untilSaved(page: Page): Promise<void> {
  await page.getByText('all saved').waitFor({ timeout: 120_000 });
}

/** The next chamber is on display, unanswered. */
export const isNextShown = `document.querySelector('[aria-label="Layer 1: not answered"]') !== null`;

/** What the model says is on display, after a blind answer. */
export const isRevealed = `[...document.querySelectorAll('[role="toolbar"] button')].some(({ textContent }) => textContent.startsWith('Saliency'))`;

/**
 * Presses a key.
 *
 * @param isThere an expression, true in the page once what the key brings about is on display.
 * @returns ms from the key press, as the browser dates it, to the frame in which that is painted.
 */
export async function pressUntil(page: Page, key: string, isThere: string): Promise<number> {
  // Text, because the transpiler's helpers are not in the page. Listens before the panel does, so the clock starts with the event itself.
  const painted = page.evaluate<number>(`new Promise((resolve) => {
    addEventListener('keydown', ({ timeStamp }) => {
      const check = () => requestAnimationFrame(() => {
        if (${isThere}) setTimeout(() => resolve(performance.now() - timeStamp));
        else check();
      });
      check();
    }, { capture: true, once: true });
  })`);
  await page.evaluate(() => undefined);
  await page.keyboard.press(key);
  return painted;
}

/**
 * Calls the chamber on display good, blind, and goes on.
 *
 * @param look ms for which it is looked at first.
 * @returns ms from the key press that goes on to the frame in which the next chamber is painted.
 */
export async function labelOne(page: Page, look: number): Promise<number> {
  await untilShown(page);
  await delay(look);
  await page.keyboard.press('a');
  await page.getByRole('button', { name: 'Layer 1: good' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Next/ }).waitFor();
  return pressUntil(page, 'Enter', isNextShown);
}

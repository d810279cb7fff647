import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Page } from 'playwright-core';
import { buildWorkbench } from '@dtdqm/plugin/workbench';
import { openStorage } from '@dtdqm/worker/storage/storage';
import { openBrowser, openPage } from '../../test/e2e/browser.ts';
import { openGateway } from '../../test/e2e/gateway.ts';
import { seedRuns } from '../api/seed.ts';
import { summary } from './summary.ts';

/**
 * Labelling by keyboard in real Chromium over loopback: `npx tsx bench/panels/labelling.ts [runs] [labels]`. Prints Markdown.
 *
 * First on a good line: time from the key press that saves a chamber to the frame in which the next one is painted. Then the same
 * number of labels while 30 % of the answers are lost, with the API killed and started again and the tab reloaded on the way: what
 * counts then is how many labels are stored.
 */
const runs = Number(process.argv[2] ?? 1000);
const labels = Number(process.argv[3] ?? 500);
/** What an expert needs at the very least to look at twelve layers, ms. */
const look = 250;

/** Runs in the page, and is text because the transpiler's helpers are not there. */
const timeToNextPaint = `new Promise((resolve) => {
  const isThere = () => document.querySelector('[aria-label="Layer 1: not answered"]') !== null;
  addEventListener('keydown', ({ timeStamp }) => {
    const check = () => requestAnimationFrame(() => {
      if (isThere()) setTimeout(() => resolve(performance.now() - timeStamp));
      else check();
    });
    check();
  }, { capture: true, once: true });
})`;

const directory = await mkdtemp(join(tmpdir(), 'dtdqm-bench-'));
const storage = await openStorage({
  dataDirectory: join(directory, 'data'),
  log: pino({ level: 'silent' }),
  connections: 4,
});
const token = randomUUID();
const chambers = await seedRuns(storage.database, runs);
// The seed is one wire wide; a real picture is what has to be sent and painted.
await storage.database.query(
  `update chamber set width = 60, total_hits = 14400, hits = array_fill(20, array[720]) where run > $1 - 40`,
  [runs],
);
let api = await startApi();
const { dir } = await buildWorkbench(join(directory, 'workbench'));
const gateway = await openGateway(dir, api.url, {
  Authorization: `Bearer ${token}`,
  'X-Grafana-User': 'bench',
  'X-Dtdqm-Role': 'Editor',
});
const browser = await openBrowser();

const { page } = await openPage(browser);
await openLabelling(page);
const times: number[] = [];
for (let count = 0; count < labels; count += 1) times.push(await labelOne(page));
await settle(page);
const stored = await countLabels();
await page.context().close();

gateway.dropShare = 0.3;
const { page: rough } = await openPage(browser);
await openLabelling(rough);
for (let count = 1; count <= labels; count += 1) {
  await labelOne(rough);
  if (count === Math.floor(labels / 3)) {
    await rough.reload();
    await openLabelling(rough, false);
  }
  if (count === Math.floor((2 * labels) / 3)) {
    api.process.kill('SIGKILL');
    api = await startApi();
    gateway.api = api.url;
  }
}
await settle(rough);
const storedRough = (await countLabels()) - stored;

process.stdout.write(
  [
    `${chambers} chambers of ${runs} runs; ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), load ${loadavg()[0]?.toFixed(1)} at the end; Node ${process.version}`,
    '',
    '| what | median | p95 | goal |',
    '| --- | --- | --- | --- |',
    `| key press to next chamber painted | ${summary(times)} | 100 ms at p95 |`,
    '',
    `Good line: ${stored} of ${labels} labels stored. Bad line (${gateway.dropped} answers lost, one reload, one kill -9 of the API): ${storedRough} of ${labels} stored.`,
    '',
  ].join('\n'),
);
await browser.close();
await gateway.close();
api.process.kill();
await storage.close();
await rm(directory, { recursive: true, force: true });

async function startApi(): Promise<{ url: string; process: ChildProcess }> {
  const script = fileURLToPath(new URL('../api/serverProcess.ts', import.meta.url));
  const child = fork(script, [storage.url, token], { execArgv: process.execArgv });
  const [url] = (await once(child, 'message')) as [string];
  return { url, process: child };
}

async function openLabelling(on: Page, goesThere = true): Promise<void> {
  if (goesThere) await on.goto(`${gateway.url}/eval/`);
  await on.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
}

/** Labels the chamber on display. @returns ms from the key press to the frame after the next chamber is in the page. */
async function labelOne(on: Page): Promise<number> {
  await on.getByRole('button', { name: 'Layer 1: not answered' }).waitFor();
  await delay(look);
  await on.keyboard.press('a');
  await on.getByRole('button', { name: 'Layer 1: good' }).waitFor();
  // Listens before the panel does, so the clock starts with the event itself and not with this script.
  const painted = on.evaluate<number>(timeToNextPaint);
  await on.evaluate(() => undefined);
  await on.keyboard.press('Enter');
  return painted;
}

async function settle(on: Page): Promise<void> {
  await on.getByText('all saved').waitFor({ timeout: 120_000 });
}

async function countLabels(): Promise<number> {
  const { rows } = await storage.database.query<{ count: number }>(
    `select count(*)::integer as count from label_event where kind = 'label'`,
  );
  return rows[0]?.count ?? 0;
}

import { fileURLToPath } from 'node:url';
import {
  isSameChamber,
  runChambersSchema,
  runListSchema,
  runSlicesSchema,
  type ChamberId,
  type ChamberSummary,
} from '@dtdqm/contract';
import { openBrowser, openPage, type Theme } from './browser.ts';

/**
 * Takes the pictures of plugin and README from a running monitor: `npx tsx test/e2e/pictures.ts http://127.0.0.1:8080`. They go to
 * plugin/src/img; look at them before you commit them.
 */
const url = process.argv[2] ?? 'http://127.0.0.1:8080';
const folder = fileURLToPath(new URL('../../plugin/src/img/', import.meta.url));

const ask = async (path: string): Promise<unknown> => (await fetch(url + path)).json();
const { runs } = runListSchema.parse(await ask('/api/v1/runs'));
const run = runs.find(({ status }) => status === 'FINISHED')?.run;
if (run === undefined) throw new Error('no run is finished yet');
const { chambers } = runChambersSchema.parse(await ask(`/api/v1/runs/${run}/chambers`));
const bad = chambers
  .filter(({ badLayers }) => badLayers)
  .sort((a, b) => (a.badLayers ?? 0) - (b.badLayers ?? 0));
const place = ({ wheel, sector, station }: ChamberSummary) => `/eval/${run}/${wheel}/${sector}/${station}/`;
const few = place(bad[0] ?? chambers[0]!);
const many = place(bad.at(-1) ?? chambers[0]!);

type Chambers = readonly ChamberSummary[];

/** The newest chamber for which that is so, as `run/wheel/sector/station`; '' when there is none. */
async function newestWith(
  isSo: (chamber: ChamberSummary, before: ChamberSummary | undefined) => boolean,
): Promise<string> {
  const lists: { run: number; chambers: Chambers }[] = [];
  for (const { run: number } of runs) {
    lists.push(runChambersSchema.parse(await ask(`/api/v1/runs/${number}/chambers`)));
  }
  for (const [index, { run: number, chambers: all }] of lists.entries()) {
    const before = (one: ChamberSummary) =>
      lists[index + 1]?.chambers.find((other) => isSameChamber(one as ChamberId, other as ChamberId));
    const found = all.find((chamber) => isSo(chamber, before(chamber)));
    if (found) return [number, found.wheel, found.sector, found.station].join('/');
  }
  return '';
}

const oneDeadLayer = await newestWith(
  ({ badLayers, faults }) => badLayers === 1 && (faults ?? []).some(({ kind }) => kind === 'dead-layer'),
);
const justBroken = await newestWith(({ badLayers }, before) => Boolean(badLayers) && before?.badLayers === 0);

const browser = await openBrowser();
await take('now', '/?at=1', 'dark', []);
await take('barrel', `/eval/${run}/`, 'dark', []);
await take('chamber', few, 'dark', []);
await take('saliency', many, 'dark', ['Hits with saliency']);
await take('side-by-side', many, 'light', ['Side by side', 'Cividis']);
await take('cms', many, 'dark', ['CMS', 'Log']);
await take('comparison', `/eval/${justBroken}/`, 'dark', ['Ratio to comparison']);
await take('steps', few, 'light', ['Steps']);
await take('labelling', `/eval/?open=${encodeURIComponent(oneDeadLayer)}`, 'dark', [], true);
await take('incidents', '/incidents/', 'dark', []);
await take('runs', '/fetch/', 'light', []);
await takeStrip();
await take('scores', '/data/net_scores/', 'dark', []);
await browser.close();

/** The strip of the chamber that lost hits first in the run in progress, with the minutes after that beside the run; none where nothing did. */
async function takeStrip(): Promise<void> {
  const live = runs.find(({ life }) => life === 'growing');
  if (!live) return;
  const { changes } = runSlicesSchema.parse(await ask(`/api/v1/runs/${live.run}/slices`));
  const trip = changes.find(({ kind }) => kind === 'trip');
  if (!trip) return;
  const { page } = await openPage(browser, { theme: 'dark', height: 1500 });
  await page.goto(`${url}/eval/${live.run}/${trip.wheel}/${trip.sector}/${trip.station}/`);
  const strip = page.getByTestId('strip');
  await strip
    .getByRole('list', { name: /^What changed/ })
    .getByText('trip')
    .click();
  await strip.getByRole('region', { name: 'Span of the run' }).getByRole('table').waitFor();
  await page.waitForTimeout(500);
  await strip.screenshot({ path: `${folder}strip.png` });
  await page.context().close();
}

async function take(
  name: string,
  path: string,
  theme: Theme,
  choices: string[],
  labels = false,
): Promise<void> {
  const { page } = await openPage(browser, { theme, height: name === 'barrel' ? 920 : 820 });
  await page.goto(url + path);
  await page.waitForLoadState('networkidle');
  if (labels) await page.getByRole('button', { name: /^Layer 1: not answered/ }).waitFor();
  for (const choice of choices)
    await page.getByRole('radio', { name: choice, exact: true }).click({ force: true });
  if (labels) {
    await page.keyboard.press('a');
    const bad = page
      .getByRole('row')
      .filter({ hasText: '▲' })
      .getByRole('button', { name: /^Layer/ });
    for (const button of await bad.all()) await button.click();
    await page.getByTestId('chamber-panel').focus();
  }
  if (name === 'incidents') await page.locator('[data-fault]').first().click();
  // Steps are worked out when they are asked for.
  await page.waitForTimeout(choices.includes('Steps') ? 4000 : 500);
  await page.screenshot({ path: `${folder}${name}.png` });
  await page.context().close();
}

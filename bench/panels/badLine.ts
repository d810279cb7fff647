import { openPage } from '../../test/e2e/browser.ts';
import { machine } from '../harness.ts';
import { labelOne, setUp, untilSaved, untilShown } from './rig.ts';

/**
 * Labelling on a bad line: `npx tsx bench/panels/badLine.ts [runs] [labels]`. Prints Markdown.
 *
 * Of all answers of the API, whatever was asked, 30 % are lost after the API has given them; after a third of the labels the tab is
 * reloaded, after two thirds the API is killed and started again. What counts is how many labels are stored in the end.
 */
const runs = Number(process.argv[2] ?? 1000);
const labels = Number(process.argv[3] ?? 500);
const lost = 0.3;

const rig = await setUp(runs);
rig.gateway.dropShare = lost;
const { page } = await openPage(rig.browser);
await page.goto(`${rig.gateway.url}/eval/`);
for (let count = 1; count <= labels; count += 1) {
  await labelOne(page, 0);
  if (count === Math.floor(labels / 3)) await page.reload();
  if (count === Math.floor((2 * labels) / 3)) await rig.restartApi();
  await untilShown(page);
}
await untilSaved(page);

process.stdout.write(
  [
    `${rig.gateway.dropped} answers lost (${100 * lost} % of all), one reload, one kill -9 of the API: ${await rig.countLabels()} of ${labels} labels stored. ${machine()}`,
    '',
  ].join('\n'),
);
await rig.close();

import { openPage } from '../../test/e2e/browser.ts';
import { machine, summary } from '../harness.ts';
import { labelOne, setUp, untilSaved, untilShown } from './rig.ts';

/**
 * Labelling by keyboard in real Chromium over loopback: `npx tsx bench/panels/labelling.ts [runs] [labels] [look]`. Prints Markdown.
 *
 * Blind, as the page begins. Time from the key press that goes on to the frame in which the next chamber is painted; all labels count, the first one too.
 */
const runs = Number(process.argv[2] ?? 1000);
const labels = Number(process.argv[3] ?? 500);
/** For how long each chamber is looked at, ms; nobody takes in twelve layers in less than a quarter of a second. */
const look = Number(process.argv[4] ?? 250);

const rig = await setUp(runs);
const { page } = await openPage(rig.browser);
await page.goto(`${rig.gateway.url}/eval/`);
await untilShown(page);
const before = machine();
const times: number[] = [];
for (let count = 0; count < labels; count += 1) times.push(await labelOne(page, look));
await untilSaved(page);

process.stdout.write(
  [
    `${rig.chambers} chambers of ${runs} runs stored, each looked at for ${look} ms. ${before}; ${machine()} at the end.`,
    '',
    '| what | median | p95 | longest | goal |',
    '| --- | --- | --- | --- | --- |',
    `| key press to next chamber painted, ${labels} labels | ${summary(times)} | 100 ms at p95 |`,
    '',
    `${await rig.countLabels()} of ${labels} labels stored.`,
    '',
  ].join('\n'),
);
await rig.close();

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { modelListSchema, type ChamberOfRun } from '@dtdqm/contract';
import { createScorer } from '@dtdqm/detector';
import type { RetrainReport } from '@dtdqm/worker/learning/retrain/retrain';
import { findModelFolder } from '@dtdqm/worker/learning/retrain/modelChoice';
import { retrainInChild } from '@dtdqm/worker/learning/startLearning';
import { openBrowser, openPage } from '../../test/e2e/browser.ts';
import { machine, openBenchStorage } from '../harness.ts';
import { labelAtPage, type Answered } from './atPage.ts';
import { databaseUrl, keyOf, openWorld, storeWorld } from './campaign.ts';
import { startProduct } from './product.ts';
import { isRight, sessionReport, type AfterPromotion, type Change, type Round } from './sessionReport.ts';
import { judgeHeldOut, type Judged } from './site.ts';
import { makeWorld } from './world.ts';

/**
 * One expert at the Label page of the monitor as it is started by users, in Chromium, by keyboard; then the retraining that a schedule would start,
 * the gate, and the pages that tell of it: `npx tsx bench/loop/session.ts [seed] [chambers] [runs] [held out] [most labels] [thinking, s]`. A hundred
 * labels at a time until a candidate is in use. Writes session.md (session-<seed>.md for another seed than the usual one) in results/ beside this file, and pictures of the pages into a folder
 * that it names.
 */
const usualSeed = 'aspen';
const [seed = usualSeed, chambers = '120', runs = '24', heldOut = '6', most = '400', think = '0'] =
  process.argv.slice(2);
const perRound = 100;
const pictures = await mkdtemp(path.join(tmpdir(), 'dtdqm-session-'));
const started = performance.now();
const storage = await openBenchStorage();
const server = { admin: storage.database, url: storage.url };
const scorer = await createScorer();
const world = makeWorld({
  seed,
  chambers: Number(chambers),
  runs: Number(runs),
  heldOut: Number(heldOut),
});
const stored = await storeWorld(server, scorer, world, 'session');
say('the world is stored');
const product = await startProduct(databaseUrl(server, stored.name), storage.directory);
say(`the monitor runs at ${product.url}`);
const own = await openWorld(server, stored.name);
const browser = await openBrowser();
const { page, complaints } = await openPage(browser);
const rounds: Round[] = [];
const before = await judgeHeldOut(own.database, scorer, world);
let after: AfterPromotion | null = null;
await takeModels('before');
await page.goto(`${product.url}/eval/`);
while (after === null && rounds.length * perRound < Number(most)) {
  const began = performance.now();
  const answered = await labelAtPage(page, stored.truth, { count: perRound, think: Number(think) });
  const seconds = (performance.now() - began) / 1000;
  // Told with the next answer of the API.
  await page.getByText(`mine ${(rounds.length + 1) * perRound}`).waitFor();
  say(`${perRound} labelled in ${seconds.toFixed(1)} s`);
  const arrived = await countArrived(answered);
  const trained = performance.now();
  const report = (await retrainInChild(
    databaseUrl(server, stored.name),
    new AbortController().signal,
  )) as RetrainReport;
  const toDecision = (performance.now() - trained) / 1000;
  say(`${report.promoted ? 'promoted' : 'not promoted'}: ${report.decision.reasons.join('; ')}`);
  if (report.promoted) after = await seePromotion(report);
  await takeModels(`after-${(rounds.length + 1) * perRound}`);
  rounds.push({
    ...{ answered, seconds, arrived, report, toDecision },
    told: await toldOf(report.candidate),
    judged: await judgedBy(report.candidate),
  });
  await save();
  await page.goto(`${product.url}/eval/`);
}
process.stdout.write(await save());
say(`pictures are in ${pictures}`);
await browser.close();
await product.stop();
await own.close();
await scorer.close();
await storage.close();

function say(what: string): void {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0)} s: ${what}\n`);
}

/** Labels of these chambers in the database, and how many of them say of every layer what was pressed. */
async function countArrived(answered: readonly Answered[]): Promise<Round['arrived']> {
  const { rows } = await own.database.query<ChamberOfRun & { verdicts: (string | null)[] }>(
    `select run, wheel, station, sector, verdicts::text[] from label_event where kind = 'label'`,
  );
  const pressed = new Map(answered.map(({ chamber, verdicts }) => [keyOf(chamber), verdicts]));
  const ours = rows.filter((row) => pressed.has(keyOf(row)));
  const same = ours.filter((row) => isDeepStrictEqual(row.verdicts, pressed.get(keyOf(row))));
  return { labels: ours.length, same: same.length };
}

/** What a candidate says of the held-out runs, in use or not. */
async function judgedBy(candidate: string): Promise<Judged> {
  const folder = await findModelFolder(own.database, candidate, path.join(storage.directory, candidate));
  if (folder === null) throw new Error(`the files of ${candidate} are not kept`);
  await scorer.replaceModel(folder);
  return judgeHeldOut(own.database, scorer, world);
}

/** Waits until all runs are judged by the model that was promoted, and looks at what became of that. */
async function seePromotion({ candidate }: RetrainReport): Promise<AfterPromotion> {
  const began = performance.now();
  for (;;) {
    const { models } = modelListSchema.parse(await (await fetch(`${product.url}/api/v1/models`)).json());
    if (models.find(({ name }) => name === candidate)?.runs === world.runs.length) break;
    await delay(250);
  }
  const seconds = (performance.now() - began) / 1000;
  const { rows } = await own.database.query<ChamberOfRun & { verdicts: string[] }>(
    'select run, wheel, station, sector, verdicts::text[] from chamber_score where model = $1',
    [candidate],
  );
  const changes = rows.flatMap((row): Change[] => {
    const [kinds, old] = [stored.truth.get(keyOf(row))!, stored.verdicts.get(keyOf(row))!];
    return kinds.flatMap((kind, index) => {
      const now = row.verdicts[index]!;
      return kind === undefined || now === old[index] ? [] : { ...row, layer: index + 1, kind, now };
    });
  });
  const shownAs = await Promise.all(
    [...changes.filter(isRight)]
      .sort((a, b) => Number(b.now === 'bad') - Number(a.now === 'bad'))
      .slice(0, 1)
      .map(lookAt),
  );
  return { seconds, changes, shownAs };
}

/** What the chamber's page says of it, in the expert's words. */
async function lookAt({ layer, ...chamber }: Change): Promise<string> {
  const { run, wheel, station, sector } = chamber;
  await page.goto(`${product.url}/eval/${[run, wheel, sector, station].join('/')}/`);
  const heading = page.getByTestId('chamber-panel').locator('header');
  await heading.getByText(`run ${run}`).waitFor();
  await page.screenshot({ path: path.join(pictures, 'changed-chamber.png') });
  const said = (await heading.innerText()).replaceAll(/\s+/g, ' ');
  return `${said} (layer ${layer}: ${chamber.kind ?? 'good'} in truth)`;
}

/** Pictures of the Models page in both themes. */
async function takeModels(name: string): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    const opened = await openPage(browser, { theme, height: 2200 });
    await opened.page.goto(`${product.url}/reports/models/`);
    await opened.page.getByRole('table').first().waitFor();
    await opened.page.waitForTimeout(500);
    await opened.page.screenshot({
      path: path.join(pictures, `models-${name}-${theme}.png`),
    });
    complaints.push(...opened.complaints);
    await opened.page.context().close();
  }
}

/** The row of a model, as it stands on the Models page. */
async function toldOf(model: string): Promise<string> {
  await page.goto(`${product.url}/reports/models/`);
  const row = page
    .getByRole('row')
    .filter({ hasText: model.split('@')[1]! })
    .first();
  await row.waitFor();
  return (await row.innerText()).split(/[\t\n]+/).join(' | ');
}

/** After every round: what was measured stays, whatever becomes of the rest. */
async function save(): Promise<string> {
  const file = fileURLToPath(
    new URL(`./results/session${seed === usualSeed ? '' : `-${seed}`}.md`, import.meta.url),
  );
  const options = { ...(await resolveConfig(file)), parser: 'markdown' };
  const text = await format(sessionReport({ rounds, before, after, complaints }, howOf()), options);
  await writeFile(file, text);
  return text;
}

function howOf(): string {
  return `Written by \`npx tsx bench/loop/session.ts ${process.argv.slice(2).join(' ')}\` in ${((performance.now() - started) / 60_000).toFixed(0)} minutes; ${machine()}.

A world as in [the bench of the loop](README.md): ${chambers} chambers x ${runs} runs, ${heldOut} runs held out. The monitor is started as users start it, retraining as a schedule starts it; a real Chromium
at the Label page, keys only, blind. The expert reads from the page which chamber is shown and takes the keys from its list (\`?\`); ${Number(think) > 0 ? `${think} s of thought before each answer` : 'no time to think'}.`;
}

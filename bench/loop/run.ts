import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { strategyNames, type StrategyName } from '@dtdqm/contract';
import { createScorer } from '@dtdqm/detector';
import { defaultStrategy } from '@dtdqm/worker/learning/strategies/strategies';
import { machine, openBenchStorage } from '../harness.ts';
import { dropWorld, runCampaign, storeWorld } from './campaign.ts';
import { drawCurves, type Curve } from './curves.ts';
import { foundOf, reportOf, type WorldResult } from './report.ts';
import { makeWorld, ownKinds } from './world.ts';

/**
 * The learning loop through the product, in detectors that differ from training, with experts of other taste, a kind of fault that is new, and
 * wrong labels: `npx tsx bench/loop/run.ts [seed] [worlds with retraining] [further worlds of offers] [chambers] [runs] [held out]
 * [numbers of labels] [minutes] [learners]`. No campaign begins after so many minutes; the first so many of the learners below take part. Writes README.md and curves.svg in results/ beside this file; offers.md
 * where nothing is retrained.
 */
const [
  seed = 'linden',
  worlds = '8',
  more = '0',
  chambers = '250',
  runs = '40',
  heldOut = '10',
  counts = '20,50,100,200,400',
  minutes = '600',
  learnersLeft = '6',
] = process.argv.slice(2);
const checkpoints = [0, ...counts.split(',').map(Number)];
const labels = checkpoints.at(-1)!;
const started = performance.now();
const minutesGone = () => (performance.now() - started) / 60_000;
const isTimeLeft = () => minutesGone() < Number(minutes);
const learners: readonly { strategy: StrategyName; slips?: number }[] = [
  { strategy: defaultStrategy },
  { strategy: 'random' },
  { strategy: defaultStrategy, slips: 0.1 },
  { strategy: 'margin' },
  { strategy: 'most-anomalous' },
  { strategy: defaultStrategy, slips: 0.02 },
];
const folder = fileURLToPath(new URL('./results', import.meta.url));
await mkdir(folder, { recursive: true });
const storage = await openBenchStorage();
const server = { admin: storage.database, url: storage.url };
const scorer = await createScorer();
const results: WorldResult[] = [];
for (let index = 0; index < Number(worlds) + Number(more) && isTimeLeft(); index += 1) {
  const name = `${seed}${index + 1}`;
  const result: WorldResult = { seed: name, offered: [], learned: [] };
  results.push(result);
  const world = makeWorld({
    seed: name,
    chambers: Number(chambers),
    runs: Number(runs),
    heldOut: Number(heldOut),
  });
  const stored = await storeWorld(server, scorer, world, name);
  say(`${name} stored`);
  for (const strategy of index < Number(worlds) ? [] : strategyNames) {
    if (!isTimeLeft()) break;
    result.offered.push(
      await runCampaign(server, scorer, stored, { strategy, checkpoints: [], labels: 100, seed: name }),
    );
    say(`${name} offered by ${strategy}`);
  }
  if (result.offered.length < strategyNames.length) result.offered = [];
  for (const learner of index < Number(worlds) ? learners.slice(0, Number(learnersLeft)) : []) {
    if (!isTimeLeft()) break;
    result.learned.push(
      await runCampaign(server, scorer, stored, { ...learner, checkpoints, labels, seed: name }),
    );
    say(`${name} learned by ${learner.strategy} ${learner.slips ?? ''}`);
    await save();
  }
  await dropWorld(server, stored);
}
process.stdout.write(await save());
await scorer.close();
await storage.close();

function say(what: string): void {
  process.stderr.write(`${minutesGone().toFixed(1)} min: ${what}\n`);
}

/** After every campaign: what was measured stays, whatever becomes of the rest. */
async function save(): Promise<string> {
  const curves = new Map<string, Curve>();
  const names = new Set(
    results
      .flatMap(({ learned }) => learned.map(({ strategy, slips }) => [strategy, slips] as const))
      .map(String),
  );
  for (const name of names) {
    const campaigns = results.flatMap(({ learned }) =>
      learned.filter(({ strategy, slips }) => String([strategy, slips]) === name),
    );
    const [strategy, slips] = name.split(',');
    const curve = checkpoints.map((count) => ({
      labels: count,
      values: campaigns.flatMap(({ steps }) =>
        steps.filter((step) => step.labels === count).map(({ judged }) => foundOf(judged, ownKinds)),
      ),
    }));
    curves.set(Number(slips) > 0 ? `${strategy}, ${100 * Number(slips)} % wrong` : strategy!, curve);
  }
  if (curves.size > 0)
    await writeFile(
      path.join(folder, 'curves.svg'),
      drawCurves("Share of the expert's own and new kinds that is found, held-out runs", curves),
    );
  const how = `Written by \`npx tsx bench/loop/run.ts ${process.argv.slice(2).join(' ')}\` in ${minutesGone().toFixed(0)} minutes; ${machine()}.

Each world: ${chambers} chambers x ${runs} runs, and ${heldOut} runs held out; 1.4 % of layers bad, all simulated. The detector differs from the one of training (siblings scatter by 6 %, theta steps
in three of ten superlayers, lower edges, more noisy cells); the expert calls bad, beside the usual, three dead wires at an edge, a superlayer at 75 %, a layer 40 % hot, a tenth of scattered dead
wires, and waves along a layer, which no training saw. PostgreSQL, queue, API, retraining, gate and re-evaluation are the product's own; matrices go straight through the storage functions of
the pipeline, not over HTTP. Audit draws (one in ten) are part of every strategy and teach nothing. Wrong labels: in that share of chambers one layer, a bad one if there is one.`;
  const file = path.join(folder, Number(worlds) > 0 ? 'README.md' : 'offers.md');
  const options = await resolveConfig(file);
  const text = await format(reportOf(results, how), { ...options, parser: 'markdown' });
  await writeFile(file, text);
  return text;
}

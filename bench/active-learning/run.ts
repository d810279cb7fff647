import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { strategyNames, type StrategyName } from '@dtdqm/contract';
import { makeBank } from './bank.ts';
import { campaign, drawWorld, type Step } from './campaign.ts';
import { drawCurves, report } from './report.ts';

/**
 * Strategies against random, over the same worlds: `npx tsx bench/active-learning/run.ts [seeds] [first seed] [bank]`. Writes
 * results/ beside this file: curves as SVG, figures as Markdown. The same seeds and bank give the same files.
 *
 * The strategies were written while looking at seeds 1 to 30 of the bank called `bank`. What is recorded must come from others.
 */
const seeds = Number(process.argv[2] ?? 40);
const firstSeed = Number(process.argv[3] ?? 1001);
const bankName = process.argv[4] ?? 'judgement';
const folder = fileURLToPath(new URL('./results', import.meta.url));
await mkdir(folder, { recursive: true });
const bank = makeBank(3500, 1500, bankName);
const results = new Map<number, Map<StrategyName, Step[][]>>();
for (const badShare of [0.1, 0.01]) {
  const curves = new Map<StrategyName, Step[][]>(strategyNames.map((name) => [name, []]));
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const world = drawWorld(bank, badShare, seed);
    for (const name of strategyNames) curves.get(name)?.push(campaign(world, name, seed));
    process.stderr.write(`\r${badShare * 100} % bad: seed ${seed - firstSeed + 1} of ${seeds} `);
  }
  process.stderr.write('\n');
  results.set(badShare, curves);
  const title = `${badShare * 100} % of layers bad: AUC by labels, median and middle half of ${seeds} seeds`;
  await writeFile(path.join(folder, `curves-${badShare * 100}-percent.svg`), drawCurves(title, curves));
}
const text = report(results, { seeds, firstSeed, bankName });
await writeFile(path.join(folder, 'README.md'), text);
process.stdout.write(text);

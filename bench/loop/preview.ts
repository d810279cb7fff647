import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allChambers, formatChamber, layersOf, type LabelVerdict } from '@dtdqm/contract';
import { randomOf, shuffled } from '@dtdqm/contract/random';
import { createScorer, defaultModelFolder, type Scorer } from '@dtdqm/detector';
import { Foreteller } from '@dtdqm/worker/learning/preview/foretell';
import { findModelFolder } from '@dtdqm/worker/learning/retrain/modelChoice';
import { retrain } from '@dtdqm/worker/learning/retrain/retrain';
import { inputsOfStoredRun } from '@dtdqm/worker/pipeline/reevaluate';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { labelOf } from '../../test/labels/labelled.ts';
import { machine, openBenchStorage } from '../harness.ts';
import { storeRuns } from './site.ts';
import { makeWorld, type WorldChamber } from './world.ts';

/**
 * What a preview of labels costs, and how well it foretells the retrained model, in one world of the loop's bench:
 * `npx tsx bench/loop/preview.ts [seed] [runs] [labelled chambers]`. Every other labelled chamber has a layer that the expert calls bad.
 */
const [seed = 'linden1', runs = '24', labels = '60'] = process.argv.slice(2);
const say = (text: string) => process.stdout.write(`${text}\n`);
const storage = await openBenchStorage();
const { database } = storage;
const folder = await defaultModelFolder();
const scorer = await createScorer({ model: folder });
const world = makeWorld({ seed, chambers: allChambers.length, runs: Number(runs), heldOut: 0 });
const offers: { run: number; each: WorldChamber }[] = [];
await storeRuns(database, scorer, folder, world, (run, chambers) =>
  offers.push(...chambers.map((each) => ({ run, each }))),
);
const isSick = ({ each: { truth } }: (typeof offers)[number]) => truth.some(Boolean);
const order = shuffled(offers, randomOf(seed, 'labels'));
const sick = order.filter(isSick);
const healthy = order.filter((offer) => !isSick(offer));
say(`${machine()}; ${runs} runs of ${allChambers.length} chambers`);

const foreteller = new Foreteller({ database, hotIsBad: false });
let labelled = 0;
async function labelMore(chambers: number) {
  for (const end = labelled + chambers; labelled < end; labelled += 1) {
    const { run, each } = (labelled % 2 === 0 ? sick : healthy)[labelled >> 1]!;
    const { chamber, truth } = each;
    const verdicts = truth.map((kind, row): LabelVerdict | null => {
      if (!layersOf(chamber.station).includes(row + 1)) return null;
      return kind === undefined ? 'not-sure' : kind === null ? 'good' : 'bad';
    });
    const index = allChambers.findIndex((other) => formatChamber(other) === formatChamber(chamber));
    await writeLabel(database, 'expert', labelOf(run, index, { verdicts }));
  }
}
async function foretell(chambers: number) {
  await labelMore(chambers);
  const before = process.cpuUsage();
  const preview = await foreteller.foretell();
  const { user, system } = process.cpuUsage(before);
  const { more, fewer } = preview.outlook!;
  say(
    `${labelled} labelled: ${preview.seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of processor, ${Math.round(process.memoryUsage.rss() / 1e6)} MB; ${more.count} more bad, ${fewer.count} fewer`,
  );
  return preview.outlook!;
}
await foretell(Number(labels) - 10);
await foretell(5);
const { more, fewer } = await foretell(5);

const { candidate } = (await retrain({ database, actor: 'bench', promote: false }))!;
const scratch = await mkdtemp(path.join(tmpdir(), 'dtdqm-bench-'));
const retrained = await createScorer({ model: (await findModelFolder(database, candidate, scratch))! });
const after = await badLayers(retrained);
const before = await badLayers(scorer);
for (const [name, foretold, [then, now]] of [
  ['more', more, [after, before]],
  ['fewer', fewer, [before, after]],
] as const) {
  const changed = new Set([...then].filter((layer) => !now.has(layer)));
  const hits = foretold.listed.filter(({ run, chamber, layer }) =>
    changed.has(`${run} ${chamber} ${layer}`),
  ).length;
  say(
    `${name}: foretold ${foretold.count} (${foretold.listed.length} listed), by ${candidate} ${changed.size}, of those listed ${hits}`,
  );
}
await rm(scratch, { recursive: true });
await Promise.all([scorer.close(), retrained.close()]);
await storage.close();
process.exit();

/** Of the newest 20 runs. */
async function badLayers(by: Scorer): Promise<Set<string>> {
  const bad = new Set<string>();
  for (const run of world.runs.slice(-20)) {
    const inputs = await inputsOfStoredRun(database, run);
    (await by.score(inputs, { saliency: false })).forEach(({ verdicts }, index) =>
      verdicts.forEach((verdict, row) => {
        if (verdict === 'bad') bad.add(`${run} ${formatChamber(inputs[index]!.chamber)} ${row + 1}`);
      }),
    );
  }
  return bad;
}

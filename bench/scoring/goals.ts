import { layersOf } from '@dtdqm/contract';
import type { Example } from '@dtdqm/detector/training';
import { selectBackend, loadModel, scoreChambers } from '@dtdqm/detector/engine';
import { defaultModelFolder } from '@dtdqm/detector';
import { readLabelled } from '@dtdqm/lab/training/trainModel';
import { recordedSource } from '@dtdqm/lab/evaluation/healthySources';
import { defaultKinds, measureMethod } from '@dtdqm/lab/evaluation/measureKinds';
import { scorerOf } from '@dtdqm/lab/evaluation/methods/networks';
import { measuredFaults } from '@dtdqm/simulator/detector';
import { healthyExamples, variants } from './healthyVariants.ts';

/**
 * Injects every fault of the table (simulator/src/detector/kinds.ts) into healthy chambers and prints the share of faulty layers found at 0.2 % false alarms:
 *
 *     node --import tsx bench/scoring/goals.ts chambers.jsonl [model folder]     # recorded, {run,wheel,station,sector,matrix,badLayers}
 *     node --import tsx bench/scoring/goals.ts simulated [model folder] [chambers] [seed]
 *
 * Each chamber stands alone: no history, no other chambers of the run.
 */
const [source, folder, count = '150', seed = '1'] = process.argv.slice(2);
if (!source) throw new Error('give a file of recorded chambers, or "simulated"');
await selectBackend('wasm');
const model = await loadModel(folder ?? (await defaultModelFolder()));

/** As `dtdqm score` judges them: verdicts at the shipped threshold. */
function asShipped(examples: readonly Example[]): string {
  const judged = scoreChambers(model, examples, { saliency: false });
  let [layers, bad, unknown] = [0, 0, 0];
  examples.forEach((example, index) => {
    for (const layer of layersOf(example.chamber.station)) {
      if (example.bad[layer - 1] !== 0) continue;
      layers += 1;
      if (judged[index]!.verdicts[layer - 1] === 'bad') bad += 1;
      if (judged[index]!.verdicts[layer - 1] === 'unknown') unknown += 1;
    }
  });
  return `${layers} healthy layers: called bad ${((100 * bad) / layers).toFixed(2)} %, unknown ${((100 * unknown) / layers).toFixed(1)} %`;
}

function report(name: string, examples: readonly Example[]): void {
  const found = measureMethod(scorerOf(model), recordedSource(examples), {
    ...defaultKinds,
    seed: Number(seed),
  });
  process.stdout.write(`\n${name}: ${asShipped(examples)}\n`);
  measuredFaults.forEach(({ name: what, goal }, row) => {
    const value = found[row]?.value.toFixed(2) ?? '-';
    process.stdout.write(`  ${what.padEnd(36)}${(goal?.alone?.toFixed(2) ?? '-').padEnd(6)}${value}\n`);
  });
}

if (source === 'simulated') {
  for (const variant of variants) report(variant.name, healthyExamples(variant, Number(count), Number(seed)));
} else report(source, await readLabelled(source));

import { sumOf } from '@dtdqm/contract/numbers';
import { cpus, loadavg } from 'node:os';
import { backendChoices, type BackendChoice, createScorer, modelsFolder } from '@dtdqm/detector';
import {
  selectBackend,
  loadModel,
  chamberWires,
  scoreChambers,
  explain,
  methodsOf,
} from '@dtdqm/detector/engine';
import { healthyRun } from './faultyChambers.ts';
import { time } from '../harness.ts';

/**
 * Times one run of 2,720 layers: `node --import tsx bench/scoring/speed.ts [backend] [model]`. One backend a process. Wall
 * clock and processor time both, because only the latter means something on a busy machine.
 */
const asked = process.argv[2] ?? 'wasm';
const backend = backendChoices.find((name) => name === asked) as BackendChoice;
const folder = `${modelsFolder}/${process.argv[3] ?? 'shape-and-rate/4'}`;
const run = healthyRun(3);

process.stdout.write(
  `${cpus().length} x ${cpus()[0]!.model}, Node ${process.versions.node}, load ${loadavg()[0]!.toFixed(1)}, ${folder.split('/models/')[1]}\n`,
);
for (const threads of [1, 2]) {
  const scorer = await createScorer({ model: folder, backend, threads });
  process.stdout.write(`${scorer.backendReason}\n`);
  await time(`scores, ${threads} thread(s)`, 40, () => scorer.score(run, { saliency: false }));
  await time(`scores and saliency, ${threads} thread(s)`, 5, () => scorer.score(run));
  process.stdout.write(`resident: ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB\n`);
  await scorer.close();
}
await selectBackend(backend);
const model = await loadModel(folder);
await time('in this thread, one batch', 15, () => scoreChambers(model, run, { saliency: false }));
const { tensors, layers } = model.preprocessing.prepare(run.map(chamberWires));
await time('network alone, one batch', 15, () => model.network.differences(tensors, layers.length));
await time('network alone, layer by layer as the original called it', 1, () => {
  layers.forEach((_, layer) => {
    const one = Object.entries(tensors).map(([name, values]) => {
      const size = values.length / layers.length;
      return [name, values.subarray(layer * size, (layer + 1) * size)] as const;
    });
    model.network.differences(Object.fromEntries(one), 1);
  });
});
if (methodsOf(model).includes('smoothgrad')) {
  const few = run.slice(0, 20).map(chamberWires);
  const share = sumOf(few, (chamber) => chamber.layers.filter(Boolean).length) / layers.length;
  await time(
    `SmoothGrad x50 as the original called it (chamber by chamber, ${(100 * share).toFixed(1)} % of the layers), `,
    1,
    () => few.forEach((chamber) => explain(model, [chamber], 'smoothgrad')),
  );
}

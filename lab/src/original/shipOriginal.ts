import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { selectBackend, probability, Network, originalTopology, original47 } from '@dtdqm/detector/engine';
import { modelsFolder, modelFormat, type ModelMetadata, writeModelFolder } from '@dtdqm/detector';
import {
  type OriginalSamples,
  simulateOriginalSamples,
  type TrainedOriginal,
  trainOriginal,
} from './trainOriginal.ts';

/**
 * Makes models/original-architecture/1, the first model that ships. Run it with
 * `node --import tsx lab/src/original/shipOriginal.ts [folder]`.
 */
const seed = 20_260_101;
const chambersPerRun = 60;
const falseAlarms = 0.002;
const noCalibration = { temperature: 1, offset: 0 };

const runs = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

async function scoresOf(trained: TrainedOriginal, { values, bad }: OriginalSamples): Promise<Float32Array> {
  const network = await Network.load(originalTopology, trained.specs, trained.weights, original47.inputs);
  const differences = network.differences({ layer: values }, bad.length);
  network.dispose();
  return differences.map((difference) => probability(difference, noCalibration));
}

const { name: backend } = await selectBackend('wasm');
const training = simulateOriginalSamples(seed, runs(1, 60), chambersPerRun);
const heldOut = simulateOriginalSamples(seed, runs(61, 15), chambersPerRun);
const test = simulateOriginalSamples(seed, runs(76, 15), chambersPerRun);
const trained = await trainOriginal(training, heldOut, {
  seed,
  onEpoch: (epoch, loss, heldOutLoss) => {
    process.stdout.write(`epoch ${epoch}: loss ${loss.toFixed(4)}, held out ${heldOutLoss.toFixed(4)}\n`);
  },
});
const { threshold } = separation(await scoresOf(trained, heldOut), heldOut.bad, falseAlarms);
const testScores = await scoresOf(trained, test);
const onTest = separation(testScores, test.bad, falseAlarms);
const metadata: ModelMetadata = {
  format: modelFormat,
  name: 'original-architecture',
  version: '1',
  description: 'The architecture of the original tool, trained on simulated layers.',
  preprocessing: { name: original47.name },
  saliency: { method: 'integrated-gradients' },
  calibration: noCalibration,
  thresholds: { bad: threshold },
  data: {
    source: 'Layers of chambers simulated by @dtdqm/simulator, with faults of shape injected',
    simulated: true,
    backend,
    runs: { training: 60, heldOut: 15, test: 15 },
    layers: { training: training.bad.length, heldOut: heldOut.bad.length, test: test.bad.length },
    epochs: trained.epochs,
  },
  seeds: [seed],
  metrics: {
    auc: onTest.auc,
    sensitivityAt02PercentFalseAlarms: onTest.sensitivity,
    falseAlarmsAtThreshold: testScores.filter((score, index) => test.bad[index] === 0 && score >= threshold).length /
      test.bad.filter((bad) => bad === 0).length, // prettier-ignore
  },
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
  createdAt: new Date().toISOString(),
};
const folder = process.argv[2] ?? join(modelsFolder, metadata.name, metadata.version);
const readme = originalModelCard(metadata);
await writeModelFolder(folder, { metadata, readme, topology: originalTopology, ...trained });
process.stdout.write(`${JSON.stringify(metadata.metrics)}\n`);

/** How well scores tell bad layers from good ones. */
export interface Separation {
  /** Probability that a bad layer scores above a good one. */
  readonly auc: number;
  /** Lowest score that keeps the share of good layers at or above it within `falseAlarms`. */
  readonly threshold: number;
  /** Share of bad layers at or above the threshold. */
  readonly sensitivity: number;
}

/** @param falseAlarms share of good layers that may be called bad, e.g. 0.002. */
export function separation(scores: Float32Array, bad: Float32Array, falseAlarms: number): Separation {
  const good = scores.filter((_, index) => bad[index] === 0).sort();
  const faulty = scores.filter((_, index) => bad[index] === 1).sort();
  const allowed = Math.floor(good.length * falseAlarms);
  const highestForbidden = good[good.length - 1 - allowed]!;
  const threshold = Math.min(1, highestForbidden + Math.max(1e-6, highestForbidden * 1e-6));
  const sensitivity = faulty.filter((score) => score >= threshold).length / faulty.length;
  return { auc: rankSum(good, faulty) / (good.length * faulty.length), threshold, sensitivity };
}

/** Pairs in which the bad layer is above; ties count half. Both sorted. */
function rankSum(good: Float32Array, faulty: Float32Array): number {
  let below = 0;
  let equal = 0;
  let sum = 0;
  for (const score of faulty) {
    while (below < good.length && good[below]! < score) below++;
    equal = Math.max(equal, below);
    while (equal < good.length && good[equal]! === score) equal++;
    sum += (below + equal) / 2;
  }
  return sum;
}

/** README.md of the shipped model of the original architecture. */
export function originalModelCard({
  name,
  version,
  metrics,
  thresholds,
  seeds,
  data,
}: ModelMetadata): string {
  const shown = (value: number) => value.toFixed(4);
  return `# ${name}@${version}

The architecture of the original tool (47 inputs, Conv1D(10, 3, relu), MaxPool(5), Dense(8, relu), Dense(2, softmax)), trained
anew on **simulated** layers. It is kept to compare with, and to have a model at hand on a bare machine.

## Use

Preprocessing \`original-47\`: drop the cells without wire, resize linearly to 47, divide by the layer's own maximum. One sample
is one layer; output 1 is "bad". A layer is called bad from P(bad) = ${shown(thresholds.bad)}, chosen on held-out runs for 0.2 % false alarms.

## Training

${data.source}. Seed ${seeds.join(', ')}; runs are split, never layers. Only faults that change the shape of a layer are
injected: the preprocessing hides the others. Single dead cells and single noisy cells are injected as good.

| on simulated test runs | |
| --- | --- |
${Object.entries(metrics)
  .map(([metric, value]) => `| ${metric} | ${shown(value)} |`)
  .join('\n')}

Trained by \`lab/src/original/shipOriginal.ts\`; the WebAssembly backend gives the same weights for the same seed.

## Limits

It looks at one layer, scaled to its own maximum. It cannot see a dead layer, a layer at lowered voltage, a dead superlayer, or
anything else that lowers all cells alike; one very noisy cell flattens its layer. With few hits a cell it is unsure. It has no
"unknown". It has been shown no real chamber while it was trained.
`;
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { modelsFolder, modelFormat, type ModelMetadata, writeModelFolder } from '@dtdqm/detector';
import { selectBackend, probability, Network, original47, originalTopology } from '@dtdqm/detector/engine';
import { trainOriginal, type TrainedOriginal } from './originalArchitecture.ts';
import { separation } from './originalMetrics.ts';
import { originalModelCard } from './originalModelCard.ts';
import { simulateOriginalSamples, type OriginalSamples } from './originalSamples.ts';

/**
 * Makes models/original-architecture/1, the first model that ships. Run it with
 * `node --import tsx lab/src/training/shipOriginal.ts [folder]`.
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

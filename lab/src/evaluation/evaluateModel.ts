import { basename } from 'node:path';
import { selectBackend, probability, loadModel, Network, original47 } from '@dtdqm/detector/engine';
import { defaultModelFolder, modelLabel } from '@dtdqm/detector';
import { type Example, thresholdFor } from '@dtdqm/detector/training';
import { simulateExamples } from '@dtdqm/simulator/detector';
import { readKeras } from '../keras/importKeras.ts';
import { readLabelled } from '../training/trainModel.ts';
import { compareMethods, type ComparisonSettings } from './compareMethods.ts';
import { datasetOf, type LayerScorer, type Method } from './methods/method.ts';
import {
  asShipped,
  cmsswMl,
  detectorRetrained,
  originalRetrained,
  shallowNetwork,
} from './methods/networks.ts';
import { isolationForest, oneClassSvm } from './methods/outliers.ts';
import { cmsswOccupancyTest, siblingComparison, sobel, variance, zeroCells } from './methods/rules.ts';
import { measureGoals, sensitivityByWidth } from './sensitivity.ts';
import { type RealReport, writeReport } from './writeReport.ts';

export interface EvaluationRequest extends Partial<ComparisonSettings> {
  /** Folder to write README.md and pictures into. */
  readonly report: string;
  /** Model folder; the default model when absent. */
  readonly model?: string;
  /** HDF5 file of the original CNN, to be compared with. */
  readonly original?: string;
  /** Recorded chambers, JSON lines with badLayers, to inject faults into. */
  readonly real?: string;
}

const defaults: ComparisonSettings = { firstSeed: 1, seeds: 10, runs: 16, chambersPerRun: 40 };
const widthRepetitions = 24;
const realRepetitions = 12;
const falseAlarms = 0.002;

/** `dtdqm evaluate`: every method of the literature beside the model, on the same data, as a report. */
export async function evaluateModel(request: EvaluationRequest, stream: NodeJS.WriteStream): Promise<void> {
  const began = performance.now();
  const { seeds = defaults.seeds, firstSeed = defaults.firstSeed } = request;
  const { runs = defaults.runs, chambersPerRun = defaults.chambersPerRun } = request;
  const settings = { seeds, firstSeed, runs, chambersPerRun };
  const recorded = request.real === undefined ? undefined : await readLabelled(request.real);
  await selectBackend('wasm');
  const shipped = await loadModel(request.model ?? (await defaultModelFolder()));
  const ours = asShipped(modelLabel(shipped.metadata), 'this project, as shipped', shipped);
  const original = request.original === undefined ? undefined : await originalMethod(request.original);
  const methods = [...literature, ...(original ? [original] : []), detectorRetrained, ours];
  const say = (seed: number, method: string) => stream.write(`${JSON.stringify({ seed, method })}\n`);
  const results = await compareMethods(methods, settings, say);

  const shown = [siblingComparison, original ?? originalRetrained, ours];
  const trained = await trainOnce(shown, settings);
  const report = {
    settings,
    model: modelLabel(shipped.metadata),
    results,
    widths: trained.map(({ name, score, threshold }) => {
      stream.write(`${JSON.stringify({ widths: name })}\n`);
      return { name, found: sensitivityByWidth(score, threshold, firstSeed, widthRepetitions) };
    }),
    real: recorded ? onRecorded(request.real!, recorded, trained) : null,
    minutes: (performance.now() - began) / 60_000,
  };
  await writeReport(request.report, report);
  stream.write(`${JSON.stringify({ report: request.report, minutes: report.minutes })}\n`);
}

const literature: readonly Method[] = [
  zeroCells,
  cmsswOccupancyTest,
  cmsswMl(originalRetrained),
  variance,
  sobel,
  siblingComparison,
  isolationForest,
  oneClassSvm,
  shallowNetwork,
  originalRetrained,
];

async function originalMethod(file: string): Promise<Method> {
  const { topology, specs, weights } = await readKeras(file);
  const network = await Network.load(topology, specs, weights, original47.inputs);
  const calibration = { temperature: 1, offset: 0 };
  return {
    name: 'original CNN, from its file',
    source: `the trained network of the original tool, ${basename(file)}`,
    isProbability: true,
    train: () => (data) =>
      network
        .differences(data.scaled.tensors, data.scaled.count)
        .map((difference) => probability(difference, calibration)),
  };
}

interface Trained {
  readonly name: string;
  readonly score: LayerScorer;
  /** At 0.2 % false alarms on simulated layers. */
  readonly threshold: number;
}

async function trainOnce(methods: readonly Method[], settings: ComparisonSettings): Promise<Trained[]> {
  const { firstSeed, runs, chambersPerRun } = settings;
  const simulate = (firstRun: number) =>
    datasetOf(simulateExamples({ seed: firstSeed, runs, chambersPerRun, firstRun, lumisections: [60, 2000], historyShare: 0 })); // prettier-ignore
  const [training, heldOut, test] = [simulate(1), simulate(runs + 1), simulate(2 * runs + 1)];
  const trained: Trained[] = [];
  for (const method of methods) {
    const score = await method.train(training, heldOut, firstSeed);
    trained.push({ name: method.name, score, threshold: thresholdFor(score(test), test.bad, falseAlarms) });
  }
  return trained;
}

function onRecorded(file: string, recorded: readonly Example[], methods: readonly Trained[]): RealReport {
  const measured = methods.map(({ name, score }) => ({
    name,
    ...measureGoals(score, recorded, realRepetitions),
  }));
  return {
    file: basename(file),
    healthyLayers: measured[0]!.healthyLayers,
    leftOut: measured[0]!.leftOut,
    byMethod: measured.map(({ name, goals }) => ({ name, goals })),
  };
}

import { basename, join } from 'node:path';
import { selectBackend, probability, loadModel, Network, original47 } from '@dtdqm/detector/engine';
import { defaultModelFolder, modelLabel, modelsFolder } from '@dtdqm/detector';
import { thresholdFor } from '@dtdqm/detector/training';
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
import { recordedSource, simulatedSource, type HealthySource } from './healthySources.ts';
import { kindsPages, type KindsReport } from './kindsReport.ts';
import { defaultKinds, falseAlarms, measureKinds, measureMethod } from './measureKinds.ts';
import { sensitivityByWidth } from './sensitivity.ts';
import { writeReport } from './writeReport.ts';

export interface EvaluationRequest extends Partial<ComparisonSettings> {
  /** Folder to write the comparison with the literature into: README.md and pictures. Without it faults by kind are printed, no more. */
  readonly report?: string;
  /** Model folder; the default model when absent. */
  readonly model?: string;
  /** Folders of other models, to be shown beside it. */
  readonly beside?: readonly string[];
  /** HDF5 file of the original CNN, to be compared with; else the one that ships. */
  readonly original?: string;
  /** Recorded chambers, JSON lines with badLayers, to inject faults into. */
  readonly real?: string;
  /** Chambers with each fault. */
  readonly perKind?: number;
}

const defaults: ComparisonSettings = { firstSeed: 1, seeds: 10, runs: 16, chambersPerRun: 40 };
const widthRepetitions = 24;

/**
 * `dtdqm evaluate`: faults by kind and strength, in recorded chambers when some are given and in fresh simulated ones otherwise; with
 * `report` both, and every method of the literature beside the model.
 *
 * @param print takes the tables, Markdown, when there is no report.
 * @throws {Error} naming what is wrong with the recorded chambers; {ModelError} when a model folder cannot be used.
 */
export async function evaluateModel(
  request: EvaluationRequest,
  stream: NodeJS.WriteStream,
  print: (text: string) => void,
): Promise<void> {
  const began = performance.now();
  const { seeds = defaults.seeds, firstSeed = defaults.firstSeed } = request;
  const { runs = defaults.runs, chambersPerRun = defaults.chambersPerRun } = request;
  const settings = { seeds, firstSeed, runs, chambersPerRun };
  const recorded = request.real === undefined ? undefined : recordedSource(await readLabelled(request.real));
  await selectBackend('wasm');
  const folders = [request.model ?? (await defaultModelFolder()), ...(request.beside ?? [])];
  const models = await Promise.all(folders.map(loadModel));
  const shipped = models[0]!;
  const original =
    request.original === undefined
      ? asShipped('original network', 'the original architecture', await loadModel(originalFolder))
      : await originalMethod(request.original);

  const say = (of: object) => stream.write(`${JSON.stringify(of)}\n`);
  const byKind = async (source: HealthySource, name: string): Promise<KindsReport> => {
    say({ kinds: name });
    const kindsSettings = {
      ...defaultKinds,
      seed: firstSeed,
      perKind: request.perKind ?? defaultKinds.perKind,
    };
    const methods = await trainOnce([siblingComparison, original, isolationForest], settings);
    return {
      source: name,
      settings: kindsSettings,
      models: models.map((model) => measureKinds(modelLabel(model.metadata), model, source, kindsSettings)),
      methods: methods.map(({ name, score }) => ({
        name,
        found: measureMethod(score, source, kindsSettings),
      })),
    };
  };
  const onRecorded = recorded && (await byKind(recorded, basename(request.real!)));
  if (request.report === undefined) {
    const kinds = onRecorded ?? (await byKind(simulatedSource, 'simulated chambers'));
    return print(`${kindsPages(kinds).join('\n\n')}\n`);
  }

  const kinds = [await byKind(simulatedSource, 'simulated chambers'), ...(onRecorded ? [onRecorded] : [])];
  const ours = asShipped(modelLabel(shipped.metadata), 'this project, as shipped', shipped);
  const fromFile = request.original === undefined ? [] : [original];
  const methods = [...literature, ...fromFile, detectorRetrained, ours];
  const results = await compareMethods(methods, settings, (seed, method) => say({ seed, method }));
  const shown = await trainOnce([siblingComparison, fromFile[0] ?? originalRetrained, ours], settings);
  const report = {
    settings,
    model: modelLabel(shipped.metadata),
    results,
    widths: shown.map(({ name, score, threshold }) => {
      say({ widths: name });
      return { name, found: sensitivityByWidth(score, threshold, firstSeed, widthRepetitions) };
    }),
    kinds,
    minutes: (performance.now() - began) / 60_000,
  };
  await writeReport(request.report, report);
  say({ report: request.report, minutes: report.minutes });
}

const originalFolder = join(modelsFolder, 'original-architecture', '1');

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

import { type ModelMetadata, modelFormat, type ModelToWrite } from '@dtdqm/detector';
import { probability, Network, shapeAndRate, featureCount } from '@dtdqm/detector/engine';
import { calibrate } from './calibration.ts';
import { lossCurves } from './curves.ts';
import { detectorTopology } from './detectorTopology.ts';
import { simulateExamples, type Example } from './examples.ts';
import { fit, type EpochReport, type Fitted } from './fit.ts';
import { detectorCard } from './modelCard.ts';
import { calibrationError, qualityOf, thresholdFor } from './quality.ts';
import { samplesOf, type Samples } from './samples.ts';

export interface TrainingSettings {
  readonly name: string;
  readonly version: string;
  readonly seed: number;
  /** Simulated runs to learn from; a quarter as many are held out, and as many again are for testing. */
  readonly runs: number;
  readonly chambersPerRun: number;
  readonly epochs: number;
  readonly hidden: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly patience: number;
  readonly badWeight: number;
  /** Share of good layers that the shipped threshold may call bad, on held-out simulated runs. */
  readonly falseAlarms: number;
  /** Commit of the sources, for the record. */
  readonly commit: string | null;
  /** Time of making, for the record: the only thing that differs between two trainings of the same seed. */
  readonly createdAt: string | null;
}

export const defaultTraining: Omit<TrainingSettings, 'version' | 'commit' | 'createdAt'> = {
  name: 'shape-and-rate',
  seed: 20_260_201,
  runs: 440,
  chambersPerRun: 100,
  epochs: 18,
  hidden: [40, 20],
  learningRate: 0.004,
  batchSize: 512,
  patience: 10,
  badWeight: 1,
  falseAlarms: 0.005,
};

export interface TrainingProgress {
  onStage?(stage: string): void;
  onEpoch?(epoch: EpochReport): void;
}

/**
 * Trains the detector of bad layers: simulated chambers, and labelled ones where there are any. Runs are split, never
 * layers. The same settings and labels give the same weights on one backend.
 *
 * @param labelled chambers that experts judged; their runs are spread over training, holding out and testing by run number.
 */
export async function trainDetector(
  settings: TrainingSettings,
  labelled: readonly Example[] = [],
  { onStage, onEpoch }: TrainingProgress = {},
): Promise<ModelToWrite> {
  const { seed, runs, chambersPerRun, epochs, batchSize, learningRate, patience, badWeight } = settings;
  const part = Math.max(1, Math.round(runs / 4));
  const simulate = (firstRun: number, count: number) =>
    simulateExamples({ seed, runs: count, chambersPerRun, firstRun });
  onStage?.('simulating');
  const labels = splitByRun(labelled);
  const prepare = (simulated: Example[], labelsOfPart: readonly Example[]) =>
    samplesOf(shapeAndRate, [...simulated, ...labelsOfPart]);
  const training = prepare(simulate(1, runs), labels.training);
  const heldOut = prepare(simulate(runs + 1, part), labels.heldOut);
  const test = prepare(simulate(runs + part + 1, part), labels.test);

  onStage?.('training');
  const topology = detectorTopology(featureCount, settings.hidden);
  const fitted = await fit(topology, shapeAndRate.inputs, training, heldOut, {
    seed,
    epochs,
    batchSize,
    learningRate,
    patience,
    badWeight,
    onEpoch,
  });

  onStage?.('calibrating');
  const network = await Network.load(topology, fitted.specs, fitted.weights, shapeAndRate.inputs);
  const calibration = calibrate(network.differences(heldOut.tensors, heldOut.count), heldOut);
  const scored = (samples: Samples) =>
    network.differences(samples.tensors, samples.count).map((value) => probability(value, calibration));
  const bad = thresholdFor(scored(heldOut), heldOut.bad, settings.falseAlarms);
  const metrics = metricsOf(scored(test), test, bad);
  network.dispose();

  const metadata = describe(settings, { training, heldOut, test }, labelled.length, fitted, {
    calibration,
    thresholds: { bad: Number(bad.toFixed(6)), unknownBelowHits, badWhenFewHits },
    metrics,
  });
  return {
    metadata,
    topology,
    specs: fitted.specs,
    weights: fitted.weights,
    readme: detectorCard(metadata),
    extraFiles: { 'loss.svg': lossCurves(fitted.history, fitted.epoch) },
  };
}

/**
 * Expected hits per wire below which a layer that is not plainly bad is `unknown`: from about there on nine of ten runs of 8 dead
 * cells are found in simulated chambers (of 16 dead cells, nearly all from 1.1 on).
 */
const unknownBelowHits = 2;
/** How probable "bad" must be there: so few hits look odd by chance now and then. */
const badWhenFewHits = 0.9;

/** Three of five runs train, one is held out, one tests. */
function splitByRun(examples: readonly Example[]) {
  const share = (wanted: readonly number[]) => examples.filter(({ run }) => wanted.includes(run % 5));
  return { training: share([0, 1, 2]), heldOut: share([3]), test: share([4]) };
}

function metricsOf(scores: Float32Array, { bad }: Samples, threshold: number): Record<string, number> {
  const good = scores.filter((_, sample) => bad[sample] === 0);
  const metrics = {
    ...qualityOf(scores, bad),
    calibrationError: calibrationError(scores, bad),
    falseAlarmsAtThreshold: good.filter((score) => score >= threshold).length / good.length,
  };
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number(value.toFixed(6))]));
}

function describe(
  settings: TrainingSettings,
  parts: Record<'training' | 'heldOut' | 'test', Samples>,
  labelledChambers: number,
  fitted: Fitted,
  measured: Pick<ModelMetadata, 'calibration' | 'thresholds' | 'metrics'>,
): ModelMetadata {
  const { name, version, seed, runs, chambersPerRun, commit, createdAt } = settings;
  const layers = Object.fromEntries(Object.entries(parts).map(([part, { count }]) => [part, count]));
  return {
    format: modelFormat,
    name,
    version,
    description: 'Judges layers by shape and rate against siblings, profile, other superlayers and past.',
    preprocessing: { name: shapeAndRate.name },
    saliency: { method: 'integrated-gradients' },
    ...measured,
    data: {
      source:
        labelledChambers > 0
          ? 'simulated chambers with injected faults, and chambers labelled by experts'
          : 'simulated chambers with injected faults',
      simulated: labelledChambers === 0,
      runs,
      chambersPerRun,
      labelledChambers,
      layers,
      epochs: fitted.history.length,
      epochKept: fitted.epoch,
      settings: {
        epochs: settings.epochs,
        hidden: [...settings.hidden],
        learningRate: settings.learningRate,
        batchSize: settings.batchSize,
        badWeight: settings.badWeight,
        falseAlarms: settings.falseAlarms,
      },
    },
    seeds: [seed],
    commit,
    createdAt,
  };
}

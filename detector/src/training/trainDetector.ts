import { type ModelMetadata, modelFormat, type ModelToWrite, type Topology } from '../model/modelFolder.ts';
import { probability } from '../faults/judge.ts';
import { Network } from '../network/network.ts';
import { shapeAndRate } from '../preprocessing/shapeAndRate.ts';
import { featureCount, featureIndex, type FeatureName } from '../features/features.ts';
import {
  fit,
  joinSamples,
  samplesOf,
  type EpochReport,
  type Example,
  type Fitted,
  type Samples,
} from './fit.ts';
import { detectorCard, lossCurves } from './modelCard.ts';
import { calibrate, calibrationError, qualityOf, thresholdFor } from './quality.ts';

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
  /**
   * Shares of good layers that the shipped thresholds may call bad, on held-out simulated runs: of those alone and of those with a past, with
   * hits enough. Simulated chambers of training vary more than real ones, of which about half as many are called bad.
   */
  readonly falseAlarms: number;
  readonly falseAlarmsWithPast: number;
  /** Commit of the sources, for the record. */
  readonly commit: string | null;
  /** Time of making, for the record: the only thing that differs between two trainings of the same seed. */
  readonly createdAt: string | null;
}

export const defaultTraining: Omit<TrainingSettings, 'version' | 'commit' | 'createdAt'> = {
  name: 'shape-and-rate',
  seed: 20_260_301,
  runs: 440,
  chambersPerRun: 100,
  epochs: 14,
  hidden: [48, 24],
  learningRate: 0.004,
  batchSize: 512,
  patience: 10,
  badWeight: 1,
  falseAlarms: 0.0015,
  falseAlarmsWithPast: 0.0025,
};

export interface TrainingProgress {
  onStage?(stage: string): void;
  onEpoch?(epoch: EpochReport): void;
}

/** Where examples come from: some at a time, as features take a hundredth of the memory that matrices with a past do. */
export interface TrainingData {
  /** Chambers of simulated runs, the same for the same numbers of runs. */
  simulate(firstRun: number, runs: number): Iterable<readonly Example[]>;
  /** Chambers that experts judged; their runs are spread over training, holding out and testing by run number. */
  labelled?: Iterable<readonly Example[]> | AsyncIterable<readonly Example[]>;
}

/**
 * Trains the detector of bad layers: simulated chambers, and labelled ones where there are any. Runs are split, never
 * layers. The same settings and data give the same weights on one backend.
 */
export async function trainDetector(
  settings: TrainingSettings,
  { simulate, labelled = [] }: TrainingData,
  { onStage, onEpoch }: TrainingProgress = {},
): Promise<ModelToWrite> {
  const { seed, runs, epochs, batchSize, learningRate, patience, badWeight } = settings;
  const part = Math.max(1, Math.round(runs / 4));
  onStage?.('simulating');
  const samples = {
    training: prepare(simulate(1, runs)),
    heldOut: prepare(simulate(runs + 1, part)),
    test: prepare(simulate(runs + part + 1, part)),
  };
  let labelledChambers = 0;
  for await (const examples of labelled) {
    labelledChambers += examples.length;
    for (const name of partNames) {
      const ofPart = examples.filter(({ run }) => partOfRun(run) === name);
      if (ofPart.length > 0) samples[name].push(samplesOf(shapeAndRate, ofPart));
    }
  }
  const training = joinSamples(samples.training);
  const heldOut = joinSamples(samples.heldOut);
  const test = joinSamples(samples.test);

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
  const scoresHeldOut = scored(heldOut);
  const limitFor = (past: 0 | 1) => {
    const which = indicesOf(heldOut, past);
    const share = thresholdFor(
      which.map((sample) => scoresHeldOut[sample]!),
      which.map((sample) => heldOut.bad[sample]!),
      past ? settings.falseAlarmsWithPast : settings.falseAlarms,
    );
    return Number(share.toFixed(6));
  };
  const [bad, badWithPast] = [limitFor(0), limitFor(1)];
  const metrics = metricsOf(scored(test), test, bad, badWithPast);
  network.dispose();

  const metadata = describe(settings, { training, heldOut, test }, labelledChambers, fitted, {
    calibration,
    thresholds: {
      bad,
      badWithPast,
      badWithOneRun: Math.max(badWithPast, leastWithOneRun),
      unknownBelowHits,
      badWhenFewHits,
      badWhenScattered,
    },
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

/** Samples with a past or without one, with hits enough for a verdict. */
function indicesOf({ tensors, count }: Samples, past: 0 | 1): number[] {
  const value = (sample: number, feature: FeatureName) =>
    tensors.features![sample * featureCount + featureIndex[feature]]!;
  const enough = Math.log10(unknownBelowHits + 0.1);
  return Array.from({ length: count }, (_, sample) => sample).filter(
    (sample) => value(sample, 'historyKnown') === past && value(sample, 'hits') >= enough,
  );
}

/** One run alone may have drifted by what others average out: from here on 0.13 to 0.16 % of healthy layers are called bad. */
const leastWithOneRun = 0.85;

/** How probable "bad" must be where all layers of a chamber differ by more than those of real ones do. */
const badWhenScattered = 0.85;

const partNames = ['training', 'heldOut', 'test'] as const;

/** Three of five labelled runs train, one is held out, one tests. */
function partOfRun(run: number): (typeof partNames)[number] {
  return run % 5 === 3 ? 'heldOut' : run % 5 === 4 ? 'test' : 'training';
}

function prepare(runs: Iterable<readonly Example[]>): Samples[] {
  return Array.from(runs, (examples) => samplesOf(shapeAndRate, examples));
}

function metricsOf(
  scores: Float32Array,
  samples: Samples,
  alone: number,
  withPast: number,
): Record<string, number> {
  const { bad } = samples;
  const good = (past: 0 | 1) => indicesOf(samples, past).filter((sample) => bad[sample] === 0);
  const called = (layers: readonly number[], limit: number) =>
    layers.filter((sample) => scores[sample]! >= limit).length / Math.max(1, layers.length);
  const metrics = {
    ...qualityOf(scores, bad),
    calibrationError: calibrationError(scores, bad),
    falseAlarmsAtThreshold: called(good(0), alone),
    falseAlarmsWithPast: called(good(1), withPast),
  };
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number(value.toFixed(6))]));
}

function describe(
  settings: TrainingSettings,
  parts: Record<(typeof partNames)[number], Samples>,
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
    saliency: { method: 'occlusion' },
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
        falseAlarmsWithPast: settings.falseAlarmsWithPast,
      },
    },
    seeds: [seed],
    commit,
    createdAt,
  };
}

/**
 * The detector's network: features -> Dense(relu) ... -> Dense(1, sigmoid). Small, so that a run of 2,720 layers passes in
 * a few milliseconds; what it is told, not its size, is what it sees with.
 */
export function detectorTopology(features: number, hidden: readonly number[]): Topology {
  const layer = (class_name: string, config: Topology): Topology => ({ class_name, config });
  const dense = (name: string, units: number, activation: string) =>
    layer('Dense', { name, units, activation, use_bias: true, trainable: true });
  const input = { name: 'features', batch_input_shape: [null, features], dtype: 'float32', sparse: false };
  const layers = [
    layer('InputLayer', input),
    ...hidden.map((units, index) => dense(`hidden_${index + 1}`, units, 'relu')),
    dense('output', 1, 'sigmoid'),
  ];
  return {
    class_name: 'Sequential',
    config: { name: 'shape_and_rate', layers },
    keras_version: '2.15.0',
    backend: 'tensorflow',
  };
}

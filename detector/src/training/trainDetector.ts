import { type ModelMetadata, modelFormat, type ModelToWrite, type Topology } from '../model/modelFolder.ts';
import { probability } from '../faults/judge.ts';
import { Network } from '../network/network.ts';
import { shapeAndRate } from '../preprocessing/shapeAndRate.ts';
import { featureCount } from '../features/features.ts';
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
import { calibrate, qualityOf, type Calibration, type ReliabilityBin } from './quality.ts';
import { calibrationOf, calledBad, falseAlarms, limitsOf } from './limits.ts';

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
  /** Commit of the sources, for the record. */
  readonly commit: string | null;
  /** Time of making, for the record: the only thing that differs between two trainings of the same seed. */
  readonly createdAt: string | null;
}

export const defaultTraining: Omit<TrainingSettings, 'version' | 'commit' | 'createdAt'> = {
  name: 'shape-and-rate',
  seed: 20_260_301,
  runs: 280,
  chambersPerRun: 100,
  epochs: 14,
  hidden: [48, 24],
  learningRate: 0.004,
  batchSize: 512,
  patience: 10,
  badWeight: 1,
};

export interface TrainingProgress {
  onStage?(stage: string): void;
  onEpoch?(epoch: EpochReport): void;
}

/** Where examples come from: some at a time, as features take a hundredth of the memory that matrices with a past do. */
export interface TrainingData {
  /** Chambers of simulated runs, the same for the same numbers of runs. */
  simulate(firstRun: number, runs: number): Iterable<readonly Example[]>;
  /** The same of chambers that vary as real ones do and of which few are bad: what probabilities and limits are set by. */
  simulateReal(firstRun: number, runs: number): Iterable<readonly Example[]>;
  /** The same of chambers whose layers differ by more than those of real ones: what the limit for these is set by. */
  simulateScattered(firstRun: number, runs: number): Iterable<readonly Example[]>;
  /** Chambers that experts judged; their runs are spread over training, holding out and testing by run number. */
  labelled?: Iterable<readonly Example[]> | AsyncIterable<readonly Example[]>;
}

/**
 * Trains the detector of bad layers: simulated chambers, and labelled ones where there are any. Runs are split, never
 * layers. The same settings and data give the same weights on one backend.
 */
export async function trainDetector(
  settings: TrainingSettings,
  { simulate, simulateReal, simulateScattered, labelled = [] }: TrainingData,
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
  const afterwards = runs + 2 * part + 1;
  const measured = calibrated(network, {
    test,
    // Twice as many: of their layers one in fifty is bad, and in the middle between good and bad there are hardly any.
    real: joinSamples(prepare(simulateReal(afterwards, 2 * part))),
    realTest: joinSamples(prepare(simulateReal(afterwards + 2 * part, 2 * part))),
    scattered: joinSamples(
      prepare(simulateScattered(afterwards + 4 * part, Math.max(1, Math.round(part / 3)))),
    ),
  });
  network.dispose();

  const metadata = describe(settings, { training, heldOut, test }, labelledChambers, fitted, measured);
  return {
    metadata,
    topology,
    specs: fitted.specs,
    weights: fitted.weights,
    readme: detectorCard(metadata, measured.bins),
    extraFiles: { 'loss.svg': lossCurves(fitted.history, fitted.epoch) },
  };
}

/**
 * Probabilities and limits of a trained network: both by simulated chambers that vary as real ones do, of whose layers one in fifty is bad, since what
 * a score means depends on how many are. The weights do not depend on them.
 *
 * @param parts layers that training did not see: varied ones for testing, real ones for setting and for testing, and scattered ones for setting.
 */
function calibrated(
  network: Network,
  { test, real, realTest, scattered }: Record<'test' | 'real' | 'realTest' | 'scattered', Samples>,
): Pick<ModelMetadata, 'calibration' | 'thresholds' | 'metrics'> & {
  readonly bins: readonly ReliabilityBin[];
} {
  const calibration = calibrateWhereItMatters(network.differences(real.tensors, real.count), real);
  const scored = (samples: Samples) => {
    const differences = network.differences(samples.tensors, samples.count);
    return { samples, scores: differences.map((value) => probability(value, calibration)) };
  };
  const thresholds = limitsOf(scored(real), scored(scattered));
  const [varied, fresh] = [scored(test), scored(realTest)];
  const { bins, calibrationError, worstBin } = calibrationOf(fresh.scores, realTest);
  const metrics = {
    ...qualityOf(varied.scores, test.bad),
    ...calledBad(fresh.scores, realTest, thresholds),
    calibrationError,
    worstBin,
  };
  return {
    calibration,
    thresholds,
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, Number(value.toFixed(6))]),
    ),
    bins,
  };
}

const partNames = ['training', 'heldOut', 'test'] as const;

/** Three of five labelled runs train, one is held out, one tests. */
function partOfRun(run: number): (typeof partNames)[number] {
  return run % 5 === 3 ? 'heldOut' : run % 5 === 4 ? 'test' : 'training';
}

function prepare(runs: Iterable<readonly Example[]>): Samples[] {
  return Array.from(runs, (examples) => samplesOf(shapeAndRate, examples));
}

/** Probabilities below that say "good", whatever they are; they are nearly all, and would be all that is fitted. */
const plainlyGood = 0.03;
const leastToCalibrate = 100;

function calibrateWhereItMatters(differences: Float32Array, { bad }: Samples): Calibration {
  const first = calibrate(differences, { bad });
  const which = Array.from(differences.keys()).filter(
    (sample) => probability(differences[sample]!, first) >= plainlyGood,
  );
  if (which.length < leastToCalibrate) return first;
  // What a score means does not depend on which scores are looked at.
  return calibrate(
    Float32Array.from(which, (sample) => differences[sample]!),
    {
      bad: Float32Array.from(which, (sample) => bad[sample]!),
    },
  );
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
        falseAlarms,
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

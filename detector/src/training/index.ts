/**
 * Fitting a network to given examples, calibrating and measuring it. Loads TensorFlow.js: retraining does so in a process of its
 * own. Where examples come from (simulation, labels) is for the caller to say.
 */
export {
  Adaptation,
  defaultAdaptation,
  type AdaptationSettings,
  type LabelledSamples,
  type TaughtModel,
  withLimitsMoved,
} from './adapt.ts';
export {
  byChamber,
  fit,
  joinSamples,
  networkScores,
  samplesOf,
  takeSamples,
  type Example,
  type FitSettings,
  type Samples,
} from './fit.ts';
export { type Degree, tolerancesOf } from '../faults/tolerated.ts';
export { drawLines } from './lineChart.ts';
export {
  asLessons,
  judgeScores,
  learnTolerances,
  mayDiffer,
  seeChambers,
  type LayersSaid,
  type SeenChambers,
  type ToleranceLesson,
} from './outlook.ts';
export {
  calibrate,
  calibrationError,
  qualityOf,
  reliability,
  sensitivityAbove,
  thresholdFor,
  type ReliabilityBin,
} from './quality.ts';
export {
  defaultTraining,
  detectorTopology,
  trainDetector,
  type TrainingProgress,
  type TrainingSettings,
} from './trainDetector.ts';
export type { EpochReport } from './fit.ts';

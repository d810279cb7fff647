/**
 * What other rooms may use without loading TensorFlow.js: it runs in the scoring threads that `createScorer` starts. Code that
 * computes in its own thread (training, evaluation, benches) uses `@dtdqm/detector/engine` as well.
 */
export { createScorer, scoreByOneModel, type ScorerSettings } from './createScorer.ts';
export {
  BackendError,
  backendChoices,
  type BackendChoice,
  type BackendName,
  type ChamberVerdict,
  type ScoreOptions,
  type Scorer,
  type ScorerInput,
} from './scorer.ts';
export * from './inRun/index.ts';
export { expectedInPart, inputsOfRun, inputsOfSlices, type MatrixOfChamber } from './run/inputsOfRun.ts';
export type { ChamberSteps } from './scorer.ts';
export { degreeOf } from './faults/tolerated.ts';
export { occupancyTest } from './occupancyTest.ts';
export { FileError } from './files.ts';
export { openInput, openOutput, readPast, scoreLines, type Past } from './scoreLines.ts';
export {
  ModelError,
  defaultModelFolder,
  modelFormat,
  modelLabel,
  modelsFolder,
  readModelFolder,
  writeModelFolder,
  type ModelFolder,
  type ModelMetadata,
  type ModelToWrite,
  type Topology,
  type WeightSpec,
} from './model/modelFolder.ts';
export { installNative, removeNative } from './backend/nativeBinding.ts';

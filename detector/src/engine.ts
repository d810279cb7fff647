/**
 * What computes in the thread that imports it: loads TensorFlow.js. For training, evaluation and benches; a worker that only
 * scores uses `createScorer`, which keeps all of this in threads of its own.
 */
export { selectBackend } from './backend/backend.ts';
export { featureCount, featureNames } from './features/features.ts';
export { probability, scoresOf } from './faults/judge.ts';
export { Network } from './network/network.ts';
export { toOurs } from './network/topology.ts';
export { chamberWires, type ChamberWires, type LayerWires } from './prepare/chamberWires.ts';
export { atWires, inOwnColumns, onColumns } from './prepare/grid.ts';
export { original47, originalLength, originalTopology } from './preprocessing/original47.ts';
export type { Preprocessing } from './preprocessing/preprocessing.ts';
export { shapeAndRate } from './preprocessing/shapeAndRate.ts';
export { explain, methodsOf } from './saliency/methods.ts';
export { baselinesOf } from './saliency/saliency.ts';
export { loadModel, type LoadedModel } from './model/loadedModel.ts';
export { judgeByEach, scoreChambers } from './scoreChambers.ts';

export type { HistogramSource, SourceRun } from './source.ts';
export { ReplaySource, readReplay } from './replay.ts';
export { SimulatedDetector, type ChamberTruth, type SimulatedSettings } from './simulated.ts';

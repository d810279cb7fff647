export type { HistogramSource, SourceRun } from './source.ts';
export { ReplaySource, readReplay } from './replay.ts';

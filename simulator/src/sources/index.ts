export type { HistogramSource, SourceRun } from './replay.ts';
export { ReplaySource, readReplay } from './replay.ts';
export { SimulatedDetector, type ChamberTruth, type SimulatedSettings } from './simulated.ts';
export { RunsInProgress, type InProgressSettings, type PlannedRun } from './inProgress.ts';
export { demoRuns, type BegunRun, type DemoSettings } from './demo.ts';
export { readRecordedRuns, RecordedRuns, snapshotSchema, type RecordedSnapshot } from './recordedRun.ts';

export { startSimulator, type Simulator, type SimulatorOptions } from './startSimulator.ts';
export { checkRules, type Action, type Rule } from './rules.ts';
export type { Dialect } from './histograms.ts';
export type { RequestCounts } from './control.ts';

export { startSimulator, type Simulator, type SimulatorOptions } from './startSimulator.ts';
export { checkRules, type Action, type Rule } from './rule.ts';
export type { Dialect } from './target.ts';
export type { RequestCounts } from './requestLog.ts';

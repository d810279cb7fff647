import type { StrategyName } from '@dtdqm/contract';
import { committee } from './committee.ts';
import { densityWeighted } from './densityWeighted.ts';
import { expectedGradient } from './expectedGradient.ts';
import { kCenter } from './kCenter.ts';
import { margin } from './margin.ts';
import { mostAnomalous } from './mostAnomalous.ts';
import { outlierThenMargin } from './outlierThenMargin.ts';
import { random } from './random.ts';
import type { Strategy } from './strategy.ts';

/** Every strategy by its name: a new one is written, added here and to the contract. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  random,
  margin,
  'most-anomalous': mostAnomalous,
  'density-weighted': densityWeighted,
  'k-center': kCenter,
  committee,
  'expected-gradient': expectedGradient,
  'outlier-then-margin': outlierThenMargin,
};
